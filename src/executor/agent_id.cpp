#include "aurora/executor/agent_id.h"

#include <algorithm>

#include "aurora/base/log.h"
#include "aurora/base/rng.h"
#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

constexpr size_t kUuidLength = 36;

// "<UUID>-S0"
bool is_agent_id(const std::string& id) {
  const auto is_allowed = [](char c) { return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return id.size() == kUuidLength + 3 && id.ends_with("-S0") &&
         std::all_of(id.begin(), id.begin() + kUuidLength, is_allowed);
}

bool has_sandboxes(const std::string& work, const std::string& id) { return os::exists(work + "/slaves/" + id); }

std::optional<std::string> id_of_sandbox(const std::string& sandbox, const std::string& work) {
  const std::string before = work + "/slaves/";
  if (!sandbox.starts_with(before)) return std::nullopt;
  const std::string id = sandbox.substr(before.size(), sandbox.find('/', before.size()) - before.size());
  return is_agent_id(id) ? std::optional(id) : std::nullopt;
}

std::optional<std::string> find_in_plans(const std::string& state, const std::string& work) {
  for (const std::string& task : os::list_names(state + "/tasks")) {
    const Result<RunnerPlan> plan = read_plan(state + "/tasks/" + task + "/plan");
    if (!plan.ok()) continue;
    if (const std::optional<std::string> id = id_of_sandbox(plan->sandbox, work)) return id;
  }
  return std::nullopt;
}

Result<std::string> keep(const std::string& path, const std::string& id) {
  TRY(os::write_file(path + ".new", id + "\n"));
  TRY(os::replace_file(path + ".new", path));
  return id;
}

}  // namespace

Result<std::string> open_agent_id(const std::string& state, const std::string& work) {
  const std::string path = state + "/agent_id";
  std::string kept;
  if (os::exists(path)) kept = TRY(os::read_file(path, 4096));
  while (!kept.empty() && kept.back() == '\n') kept.pop_back();
  if (is_agent_id(kept) && has_sandboxes(work, kept)) return kept;
  const std::optional<std::string> found = find_in_plans(state, work);
  if (found && found != kept) {
    log_error("executor", path + " is damaged or gone; the plans of this host's tasks say " + *found);
    return keep(path, *found);
  }
  if (is_agent_id(kept)) return kept;  // no task has been here yet
  if (!kept.empty()) log_error("executor", path + " is damaged; no task of this host needs it, there is a new one");
  return keep(path, Rng::from_entropy().uuid() + "-S0");
}

}  // namespace aurora::executor
