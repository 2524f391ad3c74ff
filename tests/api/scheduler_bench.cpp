#include "scheduler_bench.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json.h"

namespace aurora::api {
namespace {

std::string decode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

void read_target(const std::string& target, net::Request& request) {
  const size_t question = std::min(target.find('?'), target.size());
  request.path = decode(target.substr(0, question));
  size_t begin = question + 1;
  while (begin < target.size()) {
    const size_t end = std::min(target.find('&', begin), target.size());
    const std::string pair = target.substr(begin, end - begin);
    const size_t equals = std::min(pair.find('='), pair.size());
    request.query.emplace(decode(pair.substr(0, equals)),
                          decode(pair.substr(std::min(equals + 1, pair.size()))));
    begin = end + 1;
  }
}

}  // namespace

SchedulerBench::SchedulerBench(const std::string& secret, scheduler::EngineConfig config)
    : engine_(std::move(config), store_, log_, clock, Rng(1), outbox_, counters),
      recovery_({.folder = folder_.path(),
                 .backups = {.folder = folder_.path() + "/backups"},
                 .make_backup = [](const auto& done) { done(Error{ErrorCode::Unavailable, "there is no database"}); },
                 .on_committed = [] {}},
                engine_, clock),
      statistics_({}, engine_, clock),
      services_({.engine = engine_,
                 .counters = counters,
                 .clock = clock,
                 .cluster_name = "test",
                 .scheduler_host = "scheduler",
                 .started_at = clock.now(),
                 .secret = secret,
                 .followers = &followers_,
                 .web_sockets = &web_sockets_,
                 .forwards = &forwards_,
                 .recovery = &recovery_,
                 .statistics = &statistics_,
                 .series = &series,
                 .on_quit = [this] { quit_asked = true; }}),
      routes_(scheduler_routes(services_)),
      router_(routes_) {
  REQUIRE(engine_.start().ok());
  engine_.events().on_more([this] { followers_.wake(); });
  rounds_ = std::thread([this] { engine_.run(); });
}

SchedulerBench::~SchedulerBench() {
  engine_.stop();
  rounds_.join();
  engine_.events().on_more(nullptr);
}

net::Response SchedulerBench::call(const std::string& method, const std::string& target,
                                   const std::string& body,
                                   const std::map<std::string, std::string>& headers) {
  net::Request request;
  request.method = method;
  read_target(target, request);
  request.headers = headers;
  request.body = body;
  net::Router::Match match = router_.find(method, request.path);
  INFO(method << " " << target);
  REQUIRE(match.route);
  request.path_params = std::move(match.path_params);
  if (match.route->gate) {
    if (auto refused = match.route->gate(request)) return *refused;
  }
  net::Response response = net::wait_for(match.route->handler(request));
  return match.route->finish ? match.route->finish(request, std::move(response)) : response;
}

codec::JsonValue SchedulerBench::get(const std::string& target) {
  const net::Response response = call("GET", target);
  INFO(target << " -> " << response.body);
  REQUIRE(response.status == 200);
  return *codec::JsonValue::parse(response.body);
}

codec::JsonValue SchedulerBench::change(const std::string& method, const std::string& target, const std::string& body,
                                        int status) {
  const net::Response response = call(method, target, body);
  INFO(target << " -> " << response.body);
  REQUIRE(response.status == status);
  return *codec::JsonValue::parse(response.body);
}

void SchedulerBench::create(const core::JobConfiguration& job) {
  post("/v1/jobs", codec::encode_json(job), 201);
}

void SchedulerBench::report(const std::string& host, std::vector<core::TaskReport> tasks) {
  core::ReportTasks report;
  report.host_id = core::HostId(host);
  report.session = "session";
  report.sequence = ++sequence_;
  report.host = test::a_host(host);
  report.host->executor_url = "http://" + host + ":1338";
  report.complete = true;
  report.tasks = std::move(tasks);
  const auto answer = post("/v1/hosts/" + host + "/report", codec::encode_json(report));
  REQUIRE(answer.bool_or("accepted", false));
}

void SchedulerBench::settle(Duration time) {
  clock.advance(time);
  // Two commands that change nothing: each wakes the engine, and a round runs due timers after its commands.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(engine_.submit(core::PruneTask{core::TaskId("none")}).ok());
  }
}

std::string join(const codec::JsonValue& answer, const std::string& list, const std::string& member) {
  std::string joined;
  const codec::JsonValue* items = answer.find(list);
  REQUIRE(items);
  for (const codec::JsonValue& item : items->items()) {
    const codec::JsonValue* value = item.find(member);
    if (!joined.empty()) joined += ' ';
    joined += !value ? "-" : value->is_string() ? *value->as_string() : value->to_json();
  }
  return joined;
}

}  // namespace aurora::api
