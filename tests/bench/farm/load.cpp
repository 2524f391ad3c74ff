#include "farm/load.h"

#include <algorithm>
#include <deque>

#include "aurora/base/clock.h"
#include "aurora/codec/json.h"
#include "aurora/core/job/job.h"
#include "farm/figures.h"

namespace aurora::farm {
namespace {

class Load {
 public:
  Load(EventLoop& loop, const LoadConfig& config, const std::function<Call(int64_t)>& make_call)
      : loop_(loop), config_(config), make_call_(make_call) {}

  std::string run() {
    const double cpu = own_cpu_seconds();
    const int64_t begin = steady_nanos();
    begin_ = loop_.now();
    for (size_t i = 0; i < config_.clients; ++i) callers_.emplace_back(loop_, config_.scheduler, counts_);
    active_ = callers_.size();
    for (HttpCaller& caller : callers_) go_on(caller);
    loop_.every(milliseconds(100), [this] {
      for (HttpCaller& caller : callers_) caller.expire(loop_.now());
    });
    loop_.run();
    const double seconds = static_cast<double>(steady_nanos() - begin) / 1e9;
    codec::JsonObject figures;
    figures.add("answered", latencies_.count())
        .add("seconds", seconds)
        .add("per_second", static_cast<double>(latencies_.count()) / seconds);
    latencies_.write(figures);
    return figures.add("answer_bytes", latencies_.count() == 0 ? 0 : bytes_ / latencies_.count())
        .add_raw("statuses", encode_counts(statuses_))
        .add_raw("errors", encode_counts(counts_.errors))
        .add("connections", counts_.connections)
        .add("first_refusal", first_refusal_)
        .add("cpu_seconds", own_cpu_seconds() - cpu)
        .text();
  }

 private:
  void go_on(HttpCaller& caller) {
    const bool is_over = (config_.count_max > 0 && next_ >= config_.count_max) ||
                         (config_.time_max.ms > 0 && loop_.now() - begin_ >= config_.time_max);
    if (is_over) {
      if (--active_ == 0) loop_.stop();
      return;
    }
    const Call call = make_call_(next_++);
    const int64_t start = steady_nanos();
    caller.call(call.method, call.target, call.body, [this, &caller, start](std::optional<HttpMessage> answer) {
      if (answer) count(*answer, steady_nanos() - start);
      // Not at once where nobody listens.
      const Duration pause = answer ? config_.pause : std::max(config_.pause, milliseconds(50));
      if (pause.ms == 0) return go_on(caller);
      loop_.at(loop_.now() + pause, [this, &caller] { go_on(caller); });
    });
  }

  void count(const HttpMessage& answer, int64_t nanos) {
    latencies_.add(nanos);
    bytes_ += static_cast<int64_t>(answer.body.size());
    ++statuses_[std::to_string(answer.status())];
    if (answer.status() >= 400 && first_refusal_.empty()) first_refusal_ = answer.body.substr(0, 300);
  }

  EventLoop& loop_;
  const LoadConfig& config_;
  const std::function<Call(int64_t)>& make_call_;
  CallerCounts counts_;
  std::deque<HttpCaller> callers_;
  size_t active_ = 0;
  int64_t next_ = 0;
  Instant begin_;
  Latencies latencies_;
  int64_t bytes_ = 0;
  std::map<std::string, int64_t> statuses_;
  std::string first_refusal_;
};

constexpr char kName[] = "farm-name-goes-here";
constexpr char kRole[] = "farm-role-goes-here";

std::string process(const std::string& name, const std::string& command) {
  return codec::JsonObject()
      .add("name", name)
      .add("cmdline", command)
      .add("max_failures", 1)
      .add("daemon", false)
      .add("ephemeral", false)
      .add("min_duration", 5)
      .add("final", false)
      .text();
}

// What the client makes of a job file with two processes.
std::string payload(const JobShape& shape) {
  const std::string resources = codec::JsonObject()
                                    .add("cpu", shape.cpus)
                                    .add("ram", shape.ram_mb << 20)
                                    .add("disk", shape.disk_mb << 20)
                                    .add("gpu", 0)
                                    .text();
  const std::string task =
      codec::JsonObject()
          .add("name", kName)
          .add_raw("processes",
                   codec::JsonArray()
                       .add_raw(process("fetch", "curl -fsS -o server.tar.gz https://packages.example.com/server/1.27/"
                                                 "server-linux-x86_64.tar.gz && tar xzf server.tar.gz"))
                       .add_raw(process("serve", "exec ./server/bin/serve --port={{thermos.ports[http]}} "
                                                 "--instance={{mesos.instance}} --log-dir=logs --workers=4 "
                                                 "--config=server/etc/production.conf"))
                       .text())
          .add_raw("constraints", R"([{"order":["fetch","serve"]}])")
          .add_raw("resources", resources)
          .add("max_failures", 1)
          .add("max_concurrency", 0)
          .add("finalization_wait", 30)
          .text();
  return codec::JsonObject()
      .add("name", kName)
      .add("role", kRole)
      .add("cluster", "bench")
      .add("environment", "prod")
      .add_raw("task", task)
      .add("service", true)
      .add("priority", 0)
      .add("max_task_failures", 1)
      .add("production", false)
      .add_raw("health_check_config",
               R"({"initial_interval_secs":15,"interval_secs":10,"timeout_secs":1,"max_consecutive_failures":0})")
      .add_raw("update_config", R"({"batch_size":1,"watch_secs":45,"max_per_shard_failures":0,"max_total_failures":0})")
      .text();
}

core::JobConfiguration template_of(const JobShape& shape) {
  core::JobConfiguration job;
  job.key = {kRole, "prod", kName};
  job.owner.user = kRole;
  job.instance_count = shape.instances;
  core::TaskConfig& config = job.task_config;
  config.job = job.key;
  config.owner = job.owner;
  config.is_service = true;
  config.max_task_failures = -1;
  config.resources = {shape.cpus, shape.ram_mb, shape.disk_mb, 0, {"http"}};
  config.tier = shape.tier;
  config.contact_email = "team@example.com";
  config.metadata = {{"package", "server-1.27"}, {"build", "20240229.7"}};
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", payload(shape)};
  return job;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

std::string run_load(EventLoop& loop, const LoadConfig& config, const std::function<Call(int64_t)>& make_call) {
  return Load(loop, config, make_call).run();
}

std::function<Call(int64_t)> creations_of(const JobShape& shape) {
  return [shape, text = codec::encode_json(template_of(shape))](int64_t number) {
    std::string body = text;
    replace_all(body, kName, shape.prefix + "-" + std::to_string(number));
    replace_all(body, kRole, "role-" + std::to_string(static_cast<size_t>(number) % shape.roles));
    return Call{"POST", "/v1/jobs", std::move(body)};
  };
}

}  // namespace aurora::farm
