// `config dump`, `config list`, `config eval`: what job files say, without any cluster (spec/client.md §6.5, §6.9).
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/loaded_job.h"

namespace aurora::client {
namespace {

config::EvaluateRequest make_request(Session& session, const JobFile& file, config::Ask ask) {
  config::EvaluateRequest request;
  request.ask = ask;
  request.path = file.path;
  request.read_json = file.read_json;
  request.bindings = file.bindings;
  request.user = login_name(session.world().variable);
  if (ask == config::Ask::Eval) request.resolve_image = image_resolver(session);
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

// Problems go to stderr, job by job. True if there were any.
bool print_problems(Console& console, const std::string& file, const codec::JsonValue& document) {
  const codec::JsonValue* problems = document.find("problems");
  if (problems == nullptr) return false;
  for (const auto& problem : problems->items()) {
    const std::string job = problem.string_or("job", "");
    const std::string path = problem.string_or("path", "");
    console.print_error(file + ": " + (job.empty() ? "" : job + ": ") + (path.empty() ? "" : path + ": ") +
                        problem.string_or("text", ""));
  }
  return !problems->items().empty();
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
  int code = 0;
  for (const JobFile& file : options.files) {
    auto evaluation = evaluate(session, make_request(session, file, config::Ask::Eval));
    if (const auto* stopped = std::get_if<Stopped>(&evaluation)) {
      code = stopped->exit_code;
      continue;
    }
    const auto document = parse_document(session, std::get<config::Evaluation>(evaluation));
    if (!document.ok()) return static_cast<int>(ExitCode::Internal);
    for (const std::string& key : keys_of(*document)) session.console().print(key);
    if (print_problems(session.console(), file.path, *document)) code = static_cast<int>(ExitCode::InvalidConfiguration);
  }
  return code;
}

}  // namespace aurora::client
