// `inspect KEY FILE` and `job inspect KEY FILE`: what a job file says, as people read it (spec/client.md §5.4, §6.5).
// The classic verb shows values bare, the noun-verb one quotes them as Python does.
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/loaded_job.h"

namespace aurora::client {
namespace {

// A string as Python's repr() writes it.
std::string python_quoted(const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    switch (c) {
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      case '\\': result += "\\\\"; break;
      default:
        if (c == quote) result += '\\';
        result += c;
    }
  }
  return result + quote;
}

class Report {
 public:
  explicit Report(bool is_classic) : is_classic_(is_classic) {}

  std::string text(const codec::JsonValue& document) {
    if (const auto* job = document.find("job")) add_job(*job);
    if (const auto* task = document.find("task")) add_task(*task);
    if (const auto* processes = document.find("processes")) {
      for (const auto& process : processes->items()) add_process(process);
    }
    return std::move(text_);
  }

 private:
  void line(const std::string& text) { text_ += text + "\n"; }
  std::string shown(const std::string& text) const { return is_classic_ ? text : python_quoted(text); }
  std::string shown(const codec::JsonValue& object, std::string_view name) const {
    const codec::JsonValue* value = object.find(name);
    if (value == nullptr) return shown("");
    if (value->kind() == codec::JsonValue::Kind::Bool) return object.bool_or(name, false) ? "True" : "False";
    return shown(value->is_string() ? *value->as_string() : value->to_json());
  }

  void add_job(const codec::JsonValue& job) {
    line("Job level information");
    line("  name:       " + shown(job, "name"));
    line("  role:       " + shown(job, "role"));
    if (job.find("contact") != nullptr) line("  contact:    " + shown(job, "contact"));
    line("  cluster:    " + shown(job, "cluster"));
    line("  instances:  " + shown(job, "instances"));
    if (const auto* cron = job.find("cron")) {
      const std::string indent = is_classic_ ? "     " : "    ";
      line("  cron:");
      line(indent + "schedule: " + shown(*cron, "schedule"));
      line(indent + "policy:   " + shown(*cron, "policy"));
    }
    if (const auto* constraints = job.find("constraints"); constraints != nullptr && !constraints->members().empty()) {
      line("  constraints:");
      for (const auto& constraint : constraints->members()) {
        line("    " + shown(constraint.name) + ": " + shown(*constraints, constraint.name));
      }
    }
    if (const auto* policy = job.find("partition_policy"); policy != nullptr && !is_classic_) {
      line("  partition_policy:");
      line("    reschedule: " + shown(*policy, "reschedule"));
      line("    delay_secs: " + shown(*policy, "delay_secs"));
    }
    line("  service:    " + shown(job, "service"));
    line("  production: " + shown(job, "production"));
    line("");
  }

  void add_task(const codec::JsonValue& task) {
    line("Task level information");
    line("  name: " + shown(task, "name"));
    if (const auto* orders = task.find("orders"); orders != nullptr && !orders->items().empty()) {
      line("  constraints:");
      for (const auto& order : orders->items()) {
        std::string chain;
        for (const auto& name : order.items()) {
          chain += (chain.empty() ? "" : " < ") + (name.is_string() ? *name.as_string() : name.to_json());
        }
        line((is_classic_ ? "    " : "  ") + chain);
      }
    }
    line("");
  }

  void add_process(const codec::JsonValue& process) {
    line("Process " + shown(process, "name") + ":");
    for (const char* flag : {"daemon", "ephemeral", "final"}) {
      if (process.bool_or(flag, false)) line(std::string("  ") + flag);
    }
    line("  cmdline:");
    std::string command = process.string_or("cmdline", "");
    for (size_t at = 0; (at = command.find('\n', at)) != std::string::npos; at += 5) command.replace(at, 1, "\n    ");
    line("    " + command);
    line("");
  }

  bool is_classic_;
  std::string text_;
};

}  // namespace

int inspect(Session& session, const InspectOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  // The classic verb never asked a scheduler.
  const Tiers tiers = session.is_classic() ? Tiers::BuiltIn : Tiers::BuiltInIfUnreachable;
  auto loaded = load_job(session, *path, options.file, tiers);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return stopped->exit_code;
  const LoadedJob& job = std::get<LoadedJob>(loaded);
  Console& console = session.console();
  if (options.is_raw) {
    console.print("Parsed job config: " + codec::encode_json(job.job));
  } else if (options.is_json) {
    const codec::JsonValue* raw = job.document.find("raw");
    console.print(raw == nullptr ? "{}" : raw->is_string() ? *raw->as_string() : raw->to_json());
  } else if (const codec::JsonValue* shown = job.document.find("inspect")) {
    console.write(Report(session.is_classic()).text(*shown));
  }
  return 0;
}

}  // namespace aurora::client
