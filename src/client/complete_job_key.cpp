// Candidates for the shell: clusters, then the jobs of the one that is typed. Never prints and never waits long.
#include "aurora/base/split.h"
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

constexpr Duration kPatience = seconds(1);

// "devcluster/www-data/" for "devcluster/www-data/de": what is complete so far.
std::string finished_part(const std::string& prefix) { return prefix.substr(0, prefix.rfind('/') + 1); }

}  // namespace

std::vector<std::string> complete_job_key(Session& session, const std::string& prefix) {
  std::set<std::string> found;
  const auto clusters = session.list_clusters();
  if (!clusters.ok()) return {};
  if (prefix.find('/') == std::string::npos) {
    for (const auto& [name, cluster] : *clusters) {
      if (name.starts_with(prefix)) found.insert(name + "/");
    }
    return {found.begin(), found.end()};
  }
  session.set_timeout(kPatience);
  auto scheduler = SchedulerClient::find(session, split(prefix, '/').front());
  if (!scheduler.ok()) return {};
  const auto jobs = scheduler->get_once("getJobs", "/v1/jobs?limit=1000");
  if (!jobs.ok() || jobs->find("jobs") == nullptr) return {};
  const size_t begin = finished_part(prefix).size();
  for (const auto& entry : jobs->find("jobs")->items()) {
    const auto* key = entry.find("key");
    if (key == nullptr) continue;
    const std::string path = scheduler->cluster() + "/" + key->string_or("role", "") + "/" +
                             key->string_or("environment", "") + "/" + key->string_or("name", "");
    if (!path.starts_with(prefix)) continue;
    const size_t slash = path.find('/', begin);
    found.insert(slash == std::string::npos ? path : path.substr(0, slash + 1));
  }
  return {found.begin(), found.end()};
}

}  // namespace aurora::client
