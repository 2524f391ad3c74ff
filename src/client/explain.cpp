// `explain KEY[/INSTANCE]`, or a task's id or a host: why it is as it is, and what it waits for, in the scheduler's words.
#include <algorithm>

#include "aurora/base/printable.h"
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/missing_job.h"
#include "client/scheduler_client.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

using codec::JsonValue;

// What is explained, and where it is asked for; of several addresses the first that knows it.
struct Subject {
  std::string cluster;
  std::vector<std::string> paths;
  Query query;
  std::optional<JobPath> job;
};

Result<std::string> only_cluster(Session& session, const std::string& what) {
  const auto known = TRY(session.list_clusters());
  if (known.size() == 1) return known.begin()->first;
  return Error{ErrorCode::InvalidArgument,
               "'" + what + "' is no job key, and of several clusters (or none) it must be said which: --cluster NAME"};
}

Result<Subject> find_subject(Session& session, const ExplainOptions& options) {
  if (options.what.find('/') == std::string::npos) {
    if (!options.update_id.empty())
      return Error{ErrorCode::InvalidArgument, "--update explains an update of a job: give the job's key with it"};
    const std::string name = net::url_encode(options.what);
    Subject subject{options.cluster, {"/v1/tasks/" + name + ":explain", "/v1/hosts/" + name + ":explain"}, {}, {}};
    if (subject.cluster.empty()) subject.cluster = TRY(only_cluster(session, options.what));
    return subject;
  }
  const InstancesPath path = TRY(parse_instances_path(options.what));
  Subject subject{path.path.cluster, {job_route(path.path.job) + ":explain"}, {}, path.path};
  if (!options.update_id.empty()) {
    if (path.instances) return Error{ErrorCode::InvalidArgument, "--update explains all of an update: leave the instance out"};
    const core::JobKey& job = path.path.job;
    subject.paths = {"/v1/updates/" + net::url_encode(job.role) + "/" + net::url_encode(job.environment) + "/" +
                     net::url_encode(job.name) + "/" + net::url_encode(options.update_id) + ":explain"};
  }
  if (!path.instances) return subject;
  if (path.instances->size() != 1)
    return Error{ErrorCode::InvalidArgument, "Instances are explained one at a time: " + options.what + " names several"};
  subject.query.emplace("instance", std::to_string(*path.instances->begin()));
  return subject;
}

Result<JsonValue> ask(SchedulerClient& scheduler, const Subject& subject) {
  std::optional<Error> missing;
  for (const std::string& path : subject.paths) {
    auto told = scheduler.get("explain", path, subject.query);
    if (told.ok() || told.error().code != ErrorCode::NotFound) return told;
    missing = told.error();
  }
  if (subject.paths.size() > 1)
    missing->message = "No task and no host has this name; `aurora job status KEY` shows the ids of tasks, `aurora host list " + subject.cluster + "` hosts";
  return *missing;
}

// "HOST", "BACK_OFF": as a word at the beginning of a line.
std::string kind_text(const std::string& kind) {
  std::string text = kind;
  std::ranges::transform(text, text.begin(), [](char c) {
    return c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

class Printer {
 public:
  Printer(Console& console, size_t width) : console_(console), width_(std::max<size_t>(width, 40)) {}

  void print(const JsonValue& told) {
    line(0, told.string_or("subject", ""), Tone::Place);
    line(0, "Now: " + told.string_or("now", ""));
    print_waits(told);
    print_story(told);
  }

 private:
  void line(size_t indent, const std::string& text, Tone tone = Tone::Plain) {
    const std::vector<std::string> parts = broken(printable_line(text), width_ - indent - 2);
    for (size_t i = 0; i < parts.size(); ++i) console_.print(tone, std::string(indent + (i == 0 ? 0 : 2), ' ') + parts[i]);
  }

  void print_waits(const JsonValue& told) {
    const JsonValue* waits = told.find("waits");
    if (waits == nullptr || waits->items().empty()) return line(0, "Waits for nothing.");
    line(0, "Waits for:");
    for (const JsonValue& wait : waits->items()) {
      std::string text = kind_text(wait.string_or("kind", "")) + ": " + wait.string_or("text", "");
      if (const int64_t until = wait.int_or("untilMs", 0); until > 0) text += " (" + at_text(until) + ")";
      line(2, text, Tone::Attention);
    }
  }

  void print_story(const JsonValue& told) {
    const JsonValue* story = told.find("story");
    if (story == nullptr || story->items().empty()) return;
    line(0, "What happened:");
    if (const int64_t left_out = told.int_or("leftOut", 0); left_out > 0)
      line(2, "... " + std::to_string(left_out) + " older", Tone::Faint);
    std::string task;
    for (const JsonValue& fact : story->items()) {
      const std::string of = fact.string_or("taskId", "");
      if (!of.empty() && of != task) line(2, "task " + of, Tone::Faint);
      if (!of.empty()) task = of;
      line(of.empty() ? 2 : 4, at_text(fact.int_or("atMs", 0)) + " " + fact.string_or("text", ""));
    }
  }

  // To the second: 2026-01-31T23:59:59Z
  static std::string at_text(int64_t ms) {
    const std::string text = to_iso8601(Instant{ms});
    return text.substr(0, text.find('.')) + "Z";
  }

  Console& console_;
  const size_t width_;
};

}  // namespace

int explain(Session& session, const ExplainOptions& options) {
  const auto subject = find_subject(session, options);
  if (!subject.ok()) return session.fail(ExitCode::InvalidParameter, subject.error().message);
  auto scheduler = SchedulerClient::find(session, subject->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto told = ask(*scheduler, *subject);
  if (!told.ok() && told.error().code == ErrorCode::NotFound && subject->job && tell_missing_job(session, *scheduler, *subject->job))
    return session.is_classic() ? 1 : static_cast<int>(ExitCode::InvalidParameter);
  if (!told.ok()) return session.fail(told.error(), "Failed to explain due to error:", ExitCode::InvalidParameter);
  Console& console = session.console();
  if (options.is_json) {
    console.print(told->to_json());
  } else {
    Printer(console, static_cast<size_t>(console.config().columns_out)).print(*told);
  }
  return 0;
}

}  // namespace aurora::client
