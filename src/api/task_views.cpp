#include "api/task_views.h"

#include <utility>

#include "api/tone.h"
#include "aurora/codec/json_fields.h"
#include "aurora/core/summary/task_figures.h"
#include "aurora/net/http.h"

namespace aurora::api {

std::string stderr_url(const core::Cluster& cluster, const core::Task& task) {
  const core::Host* host = cluster.find_host(task.host);
  if (!host || !is_terminal(task.status) || !task.end_reason || task.end_reason->process.empty()) return "";
  return host->executor_url + "/logs/" + net::url_encode(task.id.value()) + "/" +
         net::url_encode(task.end_reason->process) + "/" + std::to_string(task.end_reason->run) + "/stderr";
}

TaskView view_of(const core::Cluster& cluster, const core::Task& task, const scheduler::Engine& engine) {
  TaskView view{task, status_reason(cluster, task)};
  if (task.status == core::TaskStatus::Pending && cluster.find_occupant(task.instance()) == nullptr) {
    if (const auto* pending = cluster.find_pending_reason(task.config.hash())) view.pending = *pending;
    if (!view.pending) view.not_before = engine.listens_until();
  }
  if (task.status == core::TaskStatus::Throttled)
    view.failures_in_row = failures_in_row(cluster, task, engine.settings().timing);
  if (const core::Host* host = cluster.find_host(task.host)) view.executor_url = host->executor_url;
  view.stderr_url = stderr_url(cluster, task);
  return view;
}

namespace {

// An object, written member by member to where it is wanted: lists of a thousand tasks are copied once.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  // The text to which the member's value is to be added.
  std::string& begin(std::string_view name) {
    if (!std::exchange(is_first_, false)) out_ += ',';
    codec::json::append_string(out_, name);
    out_ += ':';
    return out_;
  }
  template <typename T>
  void add(std::string_view name, const T& value) {
    codec::json::Write{begin(name)}(value);
  }
  void add_text(std::string_view name, std::string_view text) {
    codec::json::append_string(begin(name), text);
  }
  // All fields of a record; optional ones that are absent are left out.
  template <typename T>
  void add_fields(const T& record) {
    fields(record, [this]<typename F>(std::string_view name, const F& field) {
      if constexpr (codec::json::IsOptional<F>::value) {
        if (!field) return;
      }
      add(name, field);
    });
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool is_first_ = true;
};

void append_events(std::string& out, const std::vector<core::TaskEvent>& events) {
  out += '[';
  for (size_t i = 0; i < events.size(); ++i) {
    if (i > 0) out += ',';
    ObjectWriter event(out);
    event.add_fields(events[i]);
    event.add_text("tone", tone_of(events[i].status));
    event.end();
  }
  out += ']';
}

// The record as it is, but each event with its tone, and the configuration's hash beside or instead of it.
void add_record(ObjectWriter& json, const core::Task& task, const std::string* config) {
  fields(task, [&]<typename F>(std::string_view name, const F& field) {
    if constexpr (std::same_as<F, std::vector<core::TaskEvent>>) {
      append_events(json.begin(name), field);
    } else if constexpr (std::same_as<F, core::TaskConfigRef>) {
      json.add("configHash", field.hash());
      if (config != nullptr) json.begin(name) += *config;
    } else if constexpr (codec::json::IsOptional<F>::value) {
      if (field) json.add(name, *field);
    } else {
      json.add(name, field);
    }
  });
}

}  // namespace

std::string wait_sentence(const TaskView& view, Instant now) {
  if (view.task.status == core::TaskStatus::Pending) {
    if (view.pending) return to_sentence(*view.pending);
    return view.not_before > now ? core::listening_sentence(view.not_before, now) : view.reason;
  }
  if (view.task.status != core::TaskStatus::Throttled || !view.task.starts_again_at) return "";
  return core::throttle_sentence(*view.task.starts_again_at, view.failures_in_row, now);
}

std::string encode(const core::PendingReason& reason) {
  return codec::JsonObject()
      .add("sentence", to_sentence(reason))
      .add("reason", reason.reason)
      .add("since", reason.since)
      .add("hosts", reason.hosts)
      .add_raw("vetoes", codec::encode_json(reason.vetoes))
      .text();
}

namespace {

std::string encode_view(const TaskView& view, Instant now, const std::string* config) {
  const core::Task& task = view.task;
  std::string text;
  text.reserve(1'500 + (config == nullptr ? 0 : config->size()));
  ObjectWriter json(text);
  add_record(json, task, config);
  if (!view.reason.empty()) json.add("statusReason", view.reason);
  if (const std::string wait = wait_sentence(view, now); !wait.empty()) json.add("waitReason", wait);
  if (view.pending) json.begin("pendingReason") += encode(*view.pending);
  if (view.failures_in_row > 0) json.add("failuresInRow", view.failures_in_row);
  if (is_terminal(task.status) && task.end_reason) json.add("endSentence", to_sentence(*task.end_reason));
  if (!view.stderr_url.empty()) json.add("stderrUrl", view.stderr_url);
  json.add_text("statusTone", tone_of(task.status));
  json.add("isActive", is_active(task.status));
  if (!view.executor_url.empty()) json.add("taskUrl", view.executor_url + "/task/" + task.id.value());
  json.add("durationMs", running_duration(task, now));
  json.end();
  return text;
}

}  // namespace

std::string encode(const TaskView& view, Instant now, const std::string& config) {
  return encode_view(view, now, &config);
}
std::string encode_by_hash(const TaskView& view, Instant now) { return encode_view(view, now, nullptr); }

}  // namespace aurora::api
