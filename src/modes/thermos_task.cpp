#include "modes/thermos_task.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <ctime>

#include "aurora/config/evaluator.h"
#include "modes/python_text.h"

namespace aurora {
namespace {

constexpr int kBadConfiguration = 3;
constexpr size_t kTaskIdBytesMax = 200;  // it is in names of files, with others around it
constexpr const char* kEnvironment = "thermos";

Error invalid(std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; }

std::string identifier_of(std::string text) {
  for (char& c : text) {
    if (!core::is_identifier(std::string(1, c))) c = '-';
  }
  return text.empty() ? "task" : text;
}

std::string name_of(const codec::JsonValue& task) { return task.string_or("name", ""); }

int report(Thermos& thermos, const config::Failure& failure) {
  if (!failure.traceback.empty()) thermos.console.log(client::Severity::Debug, failure.traceback);
  if (failure.kind == config::FailureKind::Usage) return fail_usage(thermos, failure.text);
  thermos.console.print_error(config::to_message(failure));
  return kBadConfiguration;
}

std::variant<codec::JsonValue, int> choose(Thermos& thermos, const codec::JsonValue& tasks,
                                           const std::string& name) {
  const auto& all = tasks.items();
  if (all.empty()) return fail_usage(thermos, "No tasks specified!");
  if (name.empty() && all.size() > 1)
    return fail_usage(thermos, "Multiple tasks in config but no task name specified!");
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& task) { return name.empty() || name_of(task) == name; });
  if (found == all.end()) return fail_usage(thermos, "Could not find task " + name + "!");
  return *found;
}

// Thermos counts bytes, schedulers MiB.
core::Resources resources_of(const codec::JsonValue& task) {
  constexpr int64_t kMiB = 1 << 20;
  core::Resources resources;
  const codec::JsonValue* json = task.find("resources");
  if (json == nullptr) {  // a share of CPU is everybody's
    resources.cpus = 1;
    return resources;
  }
  resources.cpus = json->double_or("cpu", 0);
  resources.ram_mb = json->int_or("ram", 0) / kMiB;
  resources.disk_mb = json->int_or("disk", 0) / kMiB;
  return resources;
}

}  // namespace

void add_thermos_bindings(CLI::App& app, ThermosFile& file) {
  app.add_option("-P,--port", file.ports, "Bind the named port to this number; may be given several times")
      ->option_text("NAME:PORT")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("-E,--environment", file.bindings, "Bind a template variable; may be given several times")
      ->option_text("NAME=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_thermos_file(CLI::App& app, ThermosFile& file) {
  app.add_option("config", file.paths, "A file that exports a task")->option_text(" ");
  app.add_option("--task", file.task, "The task meant, if the file exports several")->option_text("NAME");
  app.add_flag("--json", file.is_json, "The file is a task as JSON");
  add_thermos_bindings(app, file);
}

std::variant<codec::JsonValue, int> load_thermos_task(Thermos& thermos, const ThermosFile& file) {
  if (file.paths.size() != 1)
    return fail_usage(thermos,
                      "Should specify precisely one config, instead got: " + python_list(file.paths));
  config::EvaluateRequest request;
  request.ask = config::Ask::Thermos;
  request.path = file.paths[0];
  request.read_json = file.is_json;
  request.bindings = file.bindings;
  const auto evaluation = config::evaluate(request);
  if (!evaluation.ok()) {
    thermos.console.print_error(evaluation.error().message);
    return kBadConfiguration;
  }
  for (const std::string& warning : evaluation->warnings) thermos.console.print_error(warning);
  if (evaluation->failure) return report(thermos, *evaluation->failure);
  const Result<codec::JsonValue> document = codec::JsonValue::parse(evaluation->document);
  const codec::JsonValue* tasks = document.ok() ? document->find("tasks") : nullptr;
  if (tasks == nullptr) {
    thermos.console.print_error("the evaluator gave no tasks for " + file.paths[0]);
    return kBadConfiguration;
  }
  return choose(thermos, *tasks, file.task);
}

Result<std::map<std::string, int32_t>> parse_thermos_ports(const std::vector<std::string>& ports) {
  std::map<std::string, int32_t> parsed;
  for (const std::string& text : ports) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || text.find(':', colon + 1) != std::string::npos)
      return invalid("Invalid value for --port: " + text + " should be of form NAME:PORT");
    const std::string digits = text.substr(colon + 1);
    int32_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
      return invalid("Port does not appear to be an integer: " + digits);
    if (port < 1 || port > 65'535) return invalid("Port " + digits + " is not within 1 and 65535");
    parsed[text.substr(0, colon)] = port;
  }
  return parsed;
}

Result<std::map<std::string, std::string>> parse_thermos_bindings(const std::vector<std::string>& bindings) {
  std::map<std::string, std::string> parsed;
  for (const std::string& binding : bindings) {
    if (std::count(binding.begin(), binding.end(), '=') != 1)
      return invalid("Binding must be of the form NAME=VALUE");
    const size_t equals = binding.find('=');
    parsed[binding.substr(0, equals)] = binding.substr(equals + 1);
  }
  return parsed;
}

std::string make_thermos_task_id(const std::string& name, Instant now, int pid) {
  const time_t secs = static_cast<time_t>(now.ms / 1000);
  tm local{};
  localtime_r(&secs, &local);
  char text[64];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  // Our clock counts milliseconds; of the microseconds the pid makes the rest, so that two at once do not
  // meet.
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%03d%03d", static_cast<int>(now.ms % 1000), pid % 1000);
  const std::string end = std::string("-") + text + fraction;
  return identifier_of(name).substr(0, kTaskIdBytesMax - end.size()) + end;
}

Status check_thermos_task_id(const std::string& task_id) {
  if (core::is_identifier(task_id) && !task_id.starts_with('.') && task_id.size() <= kTaskIdBytesMax)
    return Unit{};
  return invalid("'" + task_id + "' is no task id: it is the name of a folder and may hold up to " +
                 std::to_string(kTaskIdBytesMax) +
                 " letters, digits, '_', '-' and '.', which is not its first");
}

core::Task make_thermos_task(const codec::JsonValue& json, const std::string& task_id,
                             const std::string& user, const std::map<std::string, int32_t>& ports) {
  core::TaskConfig config;
  config.job = {user, kEnvironment, identifier_of(name_of(json))};
  config.resources = resources_of(json);
  config.executor_config =
      core::ExecutorConfig{"AuroraExecutor", codec::JsonObject().add_raw("task", json.to_json()).text()};
  core::Task task;
  task.id = core::TaskId(task_id);
  for (const auto& [name, port] : ports) {
    config.resources.ports.insert(name);
    task.assigned_ports[name] = port;
  }
  task.config = core::TaskConfigRef(std::move(config));
  return task;
}

}  // namespace aurora
