#include "client/missing_job.h"

#include <algorithm>
#include <iterator>

#include "aurora/client/nearest.h"

namespace aurora::client {
namespace {

constexpr int64_t kJobsMax = 1000;  // of a role that are looked at: one page
constexpr const char* kMethod = "getJobs";

// "env/name" of the jobs of a role. Absent: nobody knows.
std::optional<std::vector<std::string>> list_names(SchedulerClient& scheduler, const Query& query) {
  const auto page = scheduler.get(kMethod, "/v1/jobs", query);
  if (!page.ok()) return std::nullopt;
  std::vector<std::string> names;
  if (const codec::JsonValue* jobs = page->find("jobs")) {
    for (const codec::JsonValue& job : jobs->items()) {
      if (const codec::JsonValue* key = job.find("key"))
        names.push_back(key->string_or("environment", "") + "/" + key->string_or("name", ""));
    }
  }
  return names;
}

std::vector<std::string> list_roles(SchedulerClient& scheduler) {
  std::vector<std::string> names;
  const auto page = scheduler.get("getRoleSummary", "/v1/roles", {{"limit", std::to_string(kJobsMax)}});
  if (!page.ok()) return names;
  if (const codec::JsonValue* roles = page->find("roles")) {
    for (const codec::JsonValue& role : roles->items()) names.push_back(role.string_or("role", ""));
  }
  return names;
}

// Nearest first: the same name in another environment, a similar one in the same, both similar.
std::vector<std::string> nearest_names(const core::JobKey& job, const std::vector<std::string>& names) {
  std::vector<std::string> elsewhere;
  std::vector<std::string> similar;
  std::vector<std::string> around;  // in environments that are meant perhaps
  for (const std::string& name : names) {
    const std::string environment = name.substr(0, name.find('/'));
    const std::string rest = name.substr(environment.size() + 1);
    if (rest == job.name) {
      elsewhere.push_back(name);
    } else if (environment == job.environment) {
      similar.push_back(rest);
    } else if (!nearest(job.environment, {environment}).empty() && !nearest(job.name, {rest}).empty()) {
      around.push_back(name);
    }
  }
  std::vector<std::string> near = std::move(elsewhere);
  for (const std::string& name : nearest(job.name, similar)) near.push_back(job.environment + "/" + name);
  near.insert(near.end(), around.begin(), around.end());
  if (near.size() > 3) near.resize(3);
  return near;
}

void tell(Session& session, const std::string& sentence) {
  if (session.grammar() == Grammar::NounVerb) {
    session.console().print_error(sentence);
  } else {
    session.console().log(Severity::Warning, sentence);
  }
}

}  // namespace

std::string describe_missing_job(SchedulerClient scheduler, const JobPath& path) {
  scheduler.ask_briefly();
  Query exact = job_query(path.job);
  exact.insert({{"limit", "1"}, {"fields", "key"}});
  const auto itself = list_names(scheduler, exact);
  if (!itself || !itself->empty()) return "";
  const std::string sentence = "There is no job " + to_string(path);
  const auto names = list_names(
      scheduler, {{"role", path.job.role}, {"limit", std::to_string(kJobsMax)}, {"fields", "key"}});
  if (!names) return sentence;
  const std::string role = path.cluster + "/" + path.job.role;
  if (names->empty()) {
    const std::string near = did_you_mean(nearest(path.job.role, list_roles(scheduler)));
    return sentence + ": role " + path.job.role + " has none" + near;
  }
  const std::string near = did_you_mean(nearest_names(path.job, *names), role + "/");
  return near.empty() ? sentence + "; `aurora job list " + role + "` shows those of the role" : sentence + near;
}

bool tell_missing_job(Session& session, const SchedulerClient& scheduler, const JobPath& path) {
  const std::string sentence = describe_missing_job(scheduler, path);
  if (!sentence.empty()) tell(session, sentence);
  return !sentence.empty();
}

bool tell_missing_job(Session& session, const JobPath& path) {
  const auto scheduler = SchedulerClient::find(session, path.cluster);
  return scheduler.ok() && tell_missing_job(session, *scheduler, path);
}

void tell_active(Session& session, const SchedulerClient& scheduler, const JobPath& path, const std::set<int32_t>& active) {
  if (active.empty()) {
    tell_missing_job(session, scheduler, path);
  } else {
    tell(session, "Active instances of " + to_string(path) + ": " + format_ranges(active));
  }
}

std::optional<int> fail_if_inactive(Session& session, const SchedulerClient& scheduler, const JobPath& path,
                                    const std::set<int32_t>& instances, const std::set<int32_t>& active) {
  std::set<int32_t> inactive;
  std::ranges::set_difference(instances, active, std::inserter(inactive, inactive.end()));
  if (inactive.empty()) return std::nullopt;
  const int code = session.fail(ExitCode::InvalidParameter, "Invalid instance parameter: " + format_instances(inactive));
  tell_active(session, scheduler, path, active);
  return code;
}

}  // namespace aurora::client
