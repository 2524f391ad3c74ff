#include "scheduler/host_log.h"

#include <set>

#include "aurora/base/log.h"

namespace aurora::scheduler {

using namespace core;

namespace {

// Once for each task: when it is first seen.
void log_unknown(const Cluster& before, const UnknownTasksFound& found) {
  std::set<TaskId> known;
  for (const UnknownTask* task : before.list_unknown_tasks(found.host)) known.insert(task->id);
  std::string names;
  size_t count = 0;
  for (const UnknownTask& task : found.tasks) {
    if (task.is_condemned || known.contains(task.id)) continue;
    if (++count <= 3) names += (names.empty() ? "" : ", ") + task.id.value();
  }
  if (count == 0) return;
  log_warning("scheduler", "host " + found.host.value() + " runs " + std::to_string(count) +
                               " task(s) that this scheduler does not know (" + names + (count > 3 ? ", ..." : "") +
                               "); they are left running: `aurora admin unknown_tasks` lists, kills or adopts them");
}

void log_mode(const Cluster& before, const Host& host) {
  const Host* known = before.find_host(host.id);
  if (known == nullptr || known->mode == host.mode) return;
  log_info("scheduler", "host " + host.id.value() + " is " + std::string(enum_name(host.mode)) + ", was " +
                            std::string(enum_name(known->mode)) + (host.drain ? ": asked by " + host.drain->user : ""));
}

}  // namespace

void log_host(const Cluster& before, const Change& change) {
  if (const auto* saved = std::get_if<HostSaved>(&change)) return log_mode(before, saved->host);
  if (const auto* seen = std::get_if<HostSeen>(&change)) {
    const std::string host = "host " + seen->host.value();
    const HostSession* known = before.find_session(seen->host);
    if (seen->leaving) {
      log_info("scheduler", host + " leaves: its executor is being stopped, its tasks go on");
    } else if (known == nullptr || known->session != seen->session) {
      log_info("scheduler", host + " is here");
    }
  } else if (const auto* unknown = std::get_if<UnknownTasksFound>(&change)) {
    log_unknown(before, *unknown);
  } else if (const auto* gone = std::get_if<HostGone>(&change)) {
    log_warning("scheduler", "host " + gone->host.value() + " is gone: no report of its executor for too long");
  }
}

}  // namespace aurora::scheduler
