// `config dump`, `config list`, `config eval`: what job files say, without any cluster (spec/client.md §6.5, §6.9).
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "aurora/codec/task_payload.h"
#include "aurora/core/cron/cron_plan.h"
#include "client/loaded_job.h"

namespace aurora::client {
namespace {

// Something wrong with a job or its file; parts that are unknown are empty or 0.
struct Problem {
  std::string job, path, kind, file;
  int line = 0;
  std::string text, hint;
};

// What the scheduler would say.
std::vector<config::FieldProblem> check_cron(const World& world, const std::string& schedule,
                                             const std::optional<std::string>& zone) {
  std::vector<config::FieldProblem> problems;
  const auto parsed = core::parse_cron_schedule(schedule);
  if (!parsed.ok()) problems.push_back({"cron_schedule", "Invalid cron schedule: " + schedule, parsed.error().message});
  core::CronSettings settings;
  settings.zones = world.zones;
  if (!zone) return problems;
  const auto found = core::find_time_zone(*zone, settings);
  if (!found.ok()) problems.push_back({"cron_time_zone", found.error().message, ""});
  return problems;
}

config::EvaluateRequest make_request(Session& session, const JobFile& file, config::Ask ask) {
  config::EvaluateRequest request;
  request.ask = ask;
  request.path = file.path;
  request.read_json = file.read_json;
  request.bindings = file.bindings;
  request.user = login_name(session.world().variable);
  if (ask == config::Ask::Eval) {
    request.resolve_image = image_resolver(session);
    request.check_cron = [&session](const std::string& schedule, const std::optional<std::string>& zone) {
      return check_cron(session.world(), schedule, zone);
    };
  }
  return request;
}

Result<codec::JsonValue> parse_document(Session& session, const config::Evaluation& evaluation) {
  auto document = codec::JsonValue::parse(evaluation.document);
  if (!document.ok()) session.fail(ExitCode::Internal, document.error().message);
  return document;
}

std::vector<std::string> keys_of(const codec::JsonValue& document) {
  std::vector<std::string> keys;
  if (const auto* list = document.find("keys")) {
    for (const auto& key : list->items()) {
      if (key.is_string()) keys.push_back(*key.as_string());
    }
  }
  return keys;
}

// One file's part of `config eval`.
struct FileReport {
  std::string path;
  std::vector<std::string> keys;
  std::vector<Problem> problems;
  std::vector<std::string> warnings;
};

Problem to_problem(const codec::JsonValue& found) {
  return {found.string_or("job", ""),  found.string_or("path", ""),                   found.string_or("kind", ""),
          found.string_or("file", ""), static_cast<int>(found.int_or("line", 0)),     found.string_or("text", ""),
          found.string_or("hint", "")};
}

// What kept the whole file from being evaluated.
Problem to_problem(const config::Failure& failure) {
  return {"", "", "loading", failure.file, failure.line, failure.summary, failure.hint};
}

// What hosts would refuse, and what they would not do. A job that has problems already has no configuration.
Status add_configurations(const codec::JsonValue& document, FileReport& report) {
  const auto* configurations = document.find("configurations");
  if (configurations == nullptr) return Unit{};
  for (size_t i = 0; i < configurations->items().size() && i < report.keys.size(); ++i) {
    const codec::JsonValue& found = configurations->items()[i];
    if (found.is_null()) continue;
    const auto job = TRY(codec::decode_json<core::JobConfiguration>(found.to_json()));
    const Status runnable = codec::check_runnable(job.task_config);
    if (!runnable.ok()) report.problems.push_back({report.keys[i], "", "invalid", "", 0, runnable.error().message, ""});
    for (std::string& warning : unsupported_warnings(job)) report.warnings.push_back(std::move(warning));
  }
  return Unit{};
}

OrStopped<FileReport> report_on(Session& session, const JobFile& file) {
  auto evaluation = session.world().evaluate(make_request(session, file, config::Ask::Eval));
  if (!evaluation.ok()) return Stopped{session.fail(ExitCode::Internal, evaluation.error().message)};
  FileReport report{file.path, {}, {}, std::move(evaluation->warnings)};
  if (const auto& failure = evaluation->failure) {
    if (failure->kind == config::FailureKind::Usage) return Stopped{report_evaluation(session, *failure)};
    if (!failure->traceback.empty()) session.console().log(Severity::Debug, failure->traceback);
    report.problems.push_back(to_problem(*failure));
    return report;
  }
  const auto document = parse_document(session, *evaluation);
  if (!document.ok()) return Stopped{static_cast<int>(ExitCode::Internal)};
  report.keys = keys_of(*document);
  if (const auto* problems = document->find("problems")) {
    for (const auto& problem : problems->items()) report.problems.push_back(to_problem(problem));
  }
  if (const Status added = add_configurations(*document, report); !added.ok()) {
    return Stopped{session.fail(ExitCode::Internal, added.error().message)};
  }
  return report;
}

// FILE:LINE: JOB: FIELD: what is wrong (what may have been meant)
std::string to_line(const std::string& path, const Problem& problem) {
  std::string line = problem.file.empty() ? path : problem.file;
  if (problem.line > 0) line += ":" + std::to_string(problem.line);
  if (problem.text.starts_with(line)) line.clear();
  for (const std::string& part : {problem.job, problem.path, problem.text}) {
    if (!part.empty()) line += (line.empty() ? "" : ": ") + part;
  }
  return problem.hint.empty() ? line : line + " (" + problem.hint + ")";
}

void print(Console& console, const FileReport& report) {
  for (const std::string& warning : report.warnings) console.print_error(warning);
  for (const std::string& key : report.keys) console.print(key);
  for (const Problem& problem : report.problems) console.print_error(to_line(report.path, problem));
}

std::string to_json(const FileReport& report) {
  codec::JsonArray jobs, problems, warnings;
  for (const std::string& key : report.keys) jobs.add(key);
  for (const Problem& problem : report.problems) {
    codec::JsonObject object;
    object.add("job", problem.job).add("path", problem.path).add("kind", problem.kind).add("file", problem.file);
    object.add("line", problem.line).add("text", problem.text).add("hint", problem.hint);
    problems.add_raw(object.text());
  }
  for (const std::string& warning : report.warnings) warnings.add(warning);
  codec::JsonObject object;
  object.add("file", report.path).add_raw("jobs", jobs.text()).add_raw("problems", problems.text());
  return object.add_raw("warnings", warnings.text()).text();
}

}  // namespace

int config_dump(Session& session, const ConfigOptions& options) {
  auto evaluation = evaluate(session, make_request(session, options.files.front(), config::Ask::Dump));
  if (const auto* stopped = std::get_if<Stopped>(&evaluation)) return stopped->exit_code;
  const std::string& document = std::get<config::Evaluation>(evaluation).document;
  Console& console = session.console();
  console.print(console.config().is_terminal_out ? codec::indent_json(document, 2) : document);
  return 0;
}

int config_list(Session& session, const ConfigOptions& options) {
  auto evaluation = session.world().evaluate(make_request(session, options.files.front(), config::Ask::List));
  if (!evaluation.ok()) return session.fail(ExitCode::Internal, evaluation.error().message);
  if (evaluation->failure) {
    return session.fail(ExitCode::CommandFailure, "Error loading configuration file: " + evaluation->failure->text);
  }
  const auto document = parse_document(session, *evaluation);
  if (!document.ok()) return static_cast<int>(ExitCode::Internal);
  std::string jobs;
  for (const std::string& key : keys_of(*document)) jobs += (jobs.empty() ? "" : ", ") + key;
  session.console().print("jobs=[" + jobs + "]");
  return 0;
}

int config_eval(Session& session, const ConfigOptions& options) {
  codec::JsonArray files;
  bool has_problems = false;
  for (const JobFile& file : options.files) {
    auto report = report_on(session, file);
    if (const auto* stopped = std::get_if<Stopped>(&report)) return stopped->exit_code;
    const FileReport& found = std::get<FileReport>(report);
    has_problems |= !found.problems.empty();
    if (options.is_json) {
      files.add_raw(to_json(found));
    } else {
      print(session.console(), found);
    }
  }
  if (options.is_json) {
    const std::string document = codec::JsonObject().add_raw("files", files.text()).text();
    session.console().print(session.console().config().is_terminal_out ? codec::indent_json(document, 2) : document);
  }
  return has_problems ? static_cast<int>(ExitCode::InvalidConfiguration) : 0;
}

}  // namespace aurora::client
