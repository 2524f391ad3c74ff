#include "core/placement/quarantine.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr size_t kHostsThatConvince = 2;
constexpr Duration kKept = hours(1);          // evidence older than this says nothing any more
constexpr Duration kReportDue = seconds(10);  // a host that is well reports twice in it
constexpr Duration kRecent = minutes(10);     // before the silence: only so young a task is a suspect
constexpr Duration kWell = minutes(1);        // who has run for so long elsewhere is not to blame
constexpr size_t kSuspectsMax = 64;           // for each host; the oldest go
constexpr size_t kHostsNamed = 3;

std::optional<Instant> last_time(const Task& task, TaskStatus status) {
  const auto found = std::find_if(task.events.rbegin(), task.events.rend(),
                                  [&](const TaskEvent& event) { return event.status == status; });
  return found == task.events.rend() ? std::nullopt : std::optional(found->timestamp);
}

bool has_run_for(const Task& task, Duration span, Instant until) {
  const auto running = last_time(task, TaskStatus::Running);
  return running && until - *running >= span;
}

// It was given to the host shortly before, or at a time when a report would still have told of it; and the
// host has not reported twice that it runs.
bool is_suspect(const Task& task, Instant last_seen) {
  const auto given = last_time(task, TaskStatus::Assigned);
  return given && *given <= last_seen + kReportDue && last_seen - *given < kRecent &&
         !has_run_for(task, kReportDue, last_seen);
}

bool runs_well_elsewhere(const Cluster& cluster, const TaskConfigRef& config, Instant now) {
  const auto active = cluster.list_active(config->job);
  return std::any_of(active.begin(), active.end(), [&](const Task* task) {
    return task->status == TaskStatus::Running && task->config.hash() == config.hash() &&
           cluster.is_connected(task->host) && has_run_for(*task, kWell, now);
  });
}

// Then it is the network's doing, or the power's: no configuration takes down so many hosts at once. Their
// silences are found within the time that lies between two reports.
bool many_are_silent(const Cluster& cluster, Instant now) {
  size_t silent = 0;
  size_t known = 0;
  for (const Host* host : cluster.list_hosts()) {
    const HostSession* session = cluster.find_session(host->id);
    const HostSilence* silence = cluster.find_silence(host->id);
    const bool is_here = session != nullptr && !session->has_left;
    const bool has_just_gone = silence != nullptr && now - silence->at <= kReportDue;
    if (has_just_gone || (is_here && now - session->last_seen > kReportDue)) ++silent;
    if (has_just_gone || is_here) ++known;
  }
  return silent >= 3 && 2 * silent >= known;
}

void save(Host host, std::vector<Suspect> suspects, Decision& decision) {
  host.silences.reset();
  if (!suspects.empty()) host.silences = Silences{std::move(suspects)};
  decision.changes.push_back(HostSaved{std::move(host)});
}

std::vector<Suspect> suspects_of(const Host& host) {
  return host.silences ? host.silences->suspects : std::vector<Suspect>();
}

}  // namespace

std::optional<Hold> find_hold(const Cluster& cluster, const TaskConfigRef& config, Instant now) {
  Hold hold;
  std::vector<Instant> times;
  for (const auto& [host, at] : cluster.list_suspecting_hosts(config.hash())) {
    if (now - at >= kKept) continue;
    hold.hosts.push_back(host);
    times.push_back(at);
  }
  if (times.size() < kHostsThatConvince || runs_well_elsewhere(cluster, config, now)) return std::nullopt;
  std::sort(times.begin(), times.end());
  hold.until = times[times.size() - kHostsThatConvince] + kKept;
  return hold;
}

std::string to_sentence(const Hold& hold) {
  std::string hosts;
  for (size_t i = 0; i < std::min(hold.hosts.size(), kHostsNamed); ++i) {
    hosts += (i == 0 ? "" : ", ") + hold.hosts[i].value();
  }
  if (hold.hosts.size() > kHostsNamed) hosts += ", ...";
  return "Held back: " + std::to_string(hold.hosts.size()) + " hosts (" + hosts +
         ") fell silent soon after they were given a task of this configuration. Update the job to another "
         "one, or, "
         "if it is not to blame, restart the instance; by itself it is tried again at " +
         to_iso8601(hold.until);
}

void note_suspects(const Cluster& cluster, const HostId& host, const Context& context, Decision& decision) {
  const Host* known = cluster.find_host(host);
  if (known == nullptr) return;
  const Instant last_seen = cluster.find_session(host)->last_seen;
  std::vector<Suspect> suspects = suspects_of(*known);
  std::erase_if(suspects, [&](const Suspect& suspect) { return context.now - suspect.at >= kKept; });
  bool is_new = false;
  for (const Task* task : cluster.list_host_tasks(host)) {
    if (!is_suspect(*task, last_seen)) continue;
    std::erase_if(suspects, [&](const Suspect& suspect) { return suspect.config == task->config.hash(); });
    suspects.push_back({task->config.hash(), context.now});
    is_new = true;
  }
  if (!is_new || many_are_silent(cluster, context.now)) return;  // in this order: few hosts have a suspect
  if (suspects.size() > kSuspectsMax) suspects.erase(suspects.begin(), suspects.end() - kSuspectsMax);
  save(*known, std::move(suspects), decision);
}

void clear_suspects(const Cluster& cluster, const std::string& session, Host& host) {
  const HostSilence* silence = cluster.find_silence(host.id);
  if (silence == nullptr || silence->session != session || !host.silences) return;
  std::erase_if(host.silences->suspects, [&](const Suspect& suspect) { return suspect.at >= silence->at; });
  if (host.silences->suspects.empty()) host.silences.reset();
}

void release_holds(const Cluster& cluster, const std::set<ConfigHash>& configs, Decision& decision) {
  std::set<HostId> hosts;
  for (const ConfigHash& config : configs) {
    for (const auto& [host, at] : cluster.list_suspecting_hosts(config)) hosts.insert(host);
  }
  for (const HostId& id : hosts) {
    const Host* host = cluster.find_host(id);
    std::vector<Suspect> suspects = suspects_of(*host);
    std::erase_if(suspects, [&](const Suspect& suspect) { return configs.contains(suspect.config); });
    save(*host, std::move(suspects), decision);
  }
}

}  // namespace aurora::core
