// `admin query` and `admin prune_tasks` (spec/client.md §11.1).
#include <algorithm>
#include <cctype>

#include "aurora/base/printable.h"
#include "aurora/base/split.h"
#include "aurora/client/admin.h"
#include "aurora/client/job_path.h"
#include "aurora/client/nearest.h"
#include "aurora/codec/json.h"
#include "aurora/core/task/task_status.h"
#include "client/host_names.h"
#include "client/task_document.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

Error invalid(std::string text) { return {ErrorCode::InvalidArgument, std::move(text)}; }

std::vector<std::string> state_names() {
  std::vector<std::string> names;
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
    if (status != core::TaskStatus::Deleted) names.emplace_back(name);
  }
  return names;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

// "RUNNING,LOST"; empty: no statuses.
Result<std::set<core::TaskStatus>> parse_states(const std::string& text) {
  std::set<core::TaskStatus> states;
  if (text.empty()) return states;
  for (const std::string& name : split(text, ',')) {
    const std::vector<std::string> known = state_names();
    const auto status = find_enum<core::TaskStatus>(name);
    if (!status || std::ranges::find(known, name) == known.end()) {
      return invalid("Unknown state '" + printable_line(name) + "' specified.  Valid states are:\n" + join(known));
    }
    states.insert(*status);
  }
  return states;
}

// What is too much to ask for without --force; empty: nothing.
std::string expense_of(const QueryOptions& options, const std::set<core::TaskStatus>& states) {
  if (options.words.size() < 2) return "no role specified)";
  if (options.words.size() < 3) return "no job specified)";
  const bool has_ended = options.states.empty() || !std::ranges::all_of(states, [](core::TaskStatus s) { return is_active(s); });
  return has_ended ? "states outside ACTIVE states" : "";
}

Result<Query> make_query(const QueryOptions& options, const std::set<core::TaskStatus>& states) {
  Query query;
  if (options.words.size() > 1) query.emplace("role", options.words[1]);
  if (options.words.size() > 2) query.emplace("name", options.words[2]);
  for (const core::TaskStatus status : states) query.emplace("status", enum_name(status));
  if (options.shards.empty()) return query;
  for (const std::string& part : split(options.shards, ',')) {
    const bool is_number = !part.empty() && part.size() < 10 && std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!is_number) return invalid("--shards is '" + printable_line(options.shards) + "'; it must be numbers with commas, such as 0,1");
    query.emplace("instance", part);
  }
  return query;
}

// A task's fields, those of its parts among them, by name alone.
class Fields {
 public:
  explicit Fields(const codec::JsonValue& task) {
    // Of what a task need not have.
    for (const char* name : {"slaveHost", "ancestorId", "contactEmail", "partitionPolicy", "slaPolicy", "numGpus"}) values_[name] = "None";
    flatten(task);
    if (const codec::JsonValue* job = find_job(task)) {
      flatten(*job);  // `name` is the job's, whatever else has one
      values_["jobName"] = values_["name"];
    }
  }
  const std::string* find(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : values_) names.push_back(name);
    return names;
  }

 private:
  static const codec::JsonValue* find_job(const codec::JsonValue& task) {
    const codec::JsonValue* assigned = task.find("assignedTask");
    const codec::JsonValue* config = assigned == nullptr ? nullptr : assigned->find("task");
    return config == nullptr ? nullptr : config->find("job");
  }
  static bool is_map(const std::string& name) { return name == "assignedPorts" || name == "taskLinks"; }  // of the user's names
  void flatten(const codec::JsonValue& object) {
    for (const codec::JsonMember& member : object.members()) {
      if (member.value.is_object() && !is_map(member.name)) {
        flatten(member.value);
        continue;
      }
      values_[member.name] = member.value.is_string() ? *member.value.as_string()
                             : member.value.is_null() ? "None"
                                                      : member.value.to_json();
      if (member.name != "resources") continue;
      for (const codec::JsonValue& resource : member.value.items()) flatten(resource);
    }
  }

  std::map<std::string, std::string> values_;
};

bool is_word(unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }

// Each %field% replaced; any other % stays.
Result<std::string> fill(const std::string& format, const Fields& fields) {
  std::string text;
  for (size_t at = 0; at < format.size();) {
    size_t end = at + 1;
    while (format[at] == '%' && end < format.size() && is_word(static_cast<unsigned char>(format[end]))) ++end;
    const bool is_field = format[at] == '%' && end > at + 1 && end < format.size() && format[end] == '%';
    if (!is_field) {
      text += format[at++];
      continue;
    }
    const std::string name = format.substr(at + 1, end - at - 1);
    const std::string* value = fields.find(name);
    if (value == nullptr) {
      return invalid("Unknown key in format string.  Valid keys are:\n" + join(fields.names()) +
                     did_you_mean(nearest(name, fields.names()), "%"));
    }
    text += *value;
    at = end + 1;
  }
  return text;
}

// Prints every task as it arrives, so that a whole cluster's need not fit into memory.
Status print_tasks(Session& session, SchedulerClient& scheduler, const QueryOptions& options, const Query& query) {
  codec::JsonArray all;
  Status problem = Unit{};
  TRY(walk_tasks(scheduler, query, [&](const codec::JsonValue& task, const codec::JsonValue* config) {
    const std::string document = task_document(task, config);
    if (options.is_json) {
      all.add_raw(document);
      return;
    }
    if (!problem.ok()) return;
    const auto line = fill(options.format, Fields(codec::JsonValue::parse(document).value()));
    if (line.ok()) {
      session.console().print(*line);
    } else {
      problem = line.error();
    }
  }));
  if (options.is_json) session.console().print(codec::indent_json(all.text(), 2));
  return problem;
}

constexpr int64_t kPrunedAtOnce = 1000;  // by one request: as many as the scheduler deletes

// In as many requests as it takes; how many were deleted. `body`: what they are narrowed to.
Result<int64_t> prune(SchedulerClient& scheduler, const codec::JsonObject& body, std::optional<int64_t> limit) {
  for (int64_t pruned = 0;;) {
    const int64_t wanted = std::min(limit.value_or(pruned + kPrunedAtOnce) - pruned, kPrunedAtOnce);
    codec::JsonObject request = body;
    request.add("limit", wanted);
    const int64_t count = TRY(TRY(scheduler.post("pruneTasks", "/v1/tasks/prune", request.text())).get_int("count"));
    pruned += count;
    if (count < wanted || pruned == limit) return pruned;
  }
}

int report(Session& session, const char* what, const Error& error) {
  return session.fail(exit_code_of(error.code, ExitCode::ApiError), is_refusal(error.code) ? what + error.message : error.message);
}

}  // namespace

int query_tasks(Session& session, const QueryOptions& options) {
  const auto states = parse_states(options.states);
  if (!states.ok()) return session.fail(ExitCode::Usage, states.error().message);
  if (options.words.empty()) return session.fail(ExitCode::Usage, "Must specify at least cluster.");
  const std::string expense = options.is_forced ? "" : expense_of(options, *states);
  if (!expense.empty()) return session.fail(ExitCode::Usage, "--force is required for expensive queries (" + expense);
  const auto query = make_query(options, *states);
  if (!query.ok()) return session.fail(ExitCode::Usage, query.error().message);
  auto scheduler = SchedulerClient::find(session, options.words[0]);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const Status printed = print_tasks(session, *scheduler, options, *query);
  if (printed.ok()) return 0;
  const bool is_ours = printed.error().message.starts_with("Unknown key in format string.");
  return report(session, is_ours ? "" : "Failed to query scheduler: ", printed.error());
}

int prune_tasks(Session& session, const PruneOptions& options) {
  if (options.cluster.empty()) return session.fail(ExitCode::Usage, "Must specify at least cluster.");
  const auto states = parse_states(options.states);
  if (!states.ok()) return session.fail(ExitCode::Usage, states.error().message);
  codec::JsonArray names;
  for (const core::TaskStatus status : *states) {
    if (is_active(status)) {
      return session.fail(ExitCode::Usage, "Failed to prune tasks: only tasks that have ended can be pruned, and " +
                                               std::string(enum_name(status)) + " ones have not");
    }
    names.add(enum_name(status));
  }
  if (options.limit && *options.limit < 1) {
    return session.fail(ExitCode::Usage, "--limit is " + std::to_string(*options.limit) + "; must be above 0");
  }
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  codec::JsonObject body;
  if (!options.role.empty()) body.add("role", options.role);
  if (!options.environment.empty()) body.add("environment", options.environment);
  if (!states->empty()) body.add_raw("statuses", names.text());
  const auto pruned = prune(*scheduler, body, options.limit);
  if (!pruned.ok()) return report(session, "Failed to prune tasks: ", pruned.error());
  session.console().info("Tasks that were pruned: " + std::to_string(*pruned));
  session.console().print("Tasks pruned.");
  return 0;
}

}  // namespace aurora::client
