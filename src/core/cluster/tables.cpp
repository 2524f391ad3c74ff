#include "core/cluster/tables.h"

#include <utility>

#include "aurora/base/result.h"

namespace aurora::core {
namespace {

constexpr size_t kFormerSessions = 8;

// Puts `value` at `index`: again what is there, or one more at the end.
template <typename T>
void put_at(std::vector<T>& list, int32_t index, const T& value) {
  const auto at = static_cast<size_t>(index);
  AURORA_CHECK(index >= 0 && at <= list.size());
  if (at == list.size()) {
    list.push_back(value);
  } else {
    list[at] = value;
  }
}

std::vector<Suspect> suspects_of(const Host& host) {
  return host.silences ? host.silences->suspects : std::vector<Suspect>();
}

}  // namespace

TaskConfigRef ConfigPool::take(const TaskConfigRef& config) {
  if (config.empty()) return config;
  Held& held = held_[config.hash()];
  if (held.users++ == 0) held.config = config;
  return held.config;
}

void ConfigPool::give_back(const TaskConfigRef& config) {
  if (config.empty()) return;
  const auto held = held_.find(config.hash());
  AURORA_CHECK(held != held_.end());
  if (--held->second.users == 0) held_.erase(held);
}

const Host* Cluster::Tables::find_host(const HostId& id) const {
  const auto found = hosts.find(id);
  return found == hosts.end() ? nullptr : &found->second;
}

bool Cluster::Tables::is_connected(const HostId& id) const {
  const auto found = sessions.find(id);
  return found != sessions.end() && !found->second.has_left;
}

ResourceTotals Cluster::Tables::available(const HostId& id) const {
  const Host* host = find_host(id);
  if (host == nullptr) return {};
  const HostEntry* entry = index.find_host(id);
  HostUsage used = unknown_tasks.used(id);
  if (entry != nullptr) used += entry->used;
  return subtract(host->capacity, used);
}

void Cluster::Tables::note_room(const HostId& id) {
  if (const Host* host = find_host(id)) room.update(*host, is_connected(id), available(id));
}

void Cluster::Tables::apply(const TaskSaved& change) {
  AURORA_CHECK(!change.task.config.empty());
  const TaskConfigRef config = configs.take(change.task.config);
  const auto [entry, is_new] = tasks.try_emplace(change.task.id);
  Task& task = entry->second;
  if (!is_new) {
    const bool stops_waiting =
        task.status == TaskStatus::Pending && change.task.status != TaskStatus::Pending;
    if (stops_waiting) pending_reasons.erase(task.config.hash());
    index.remove(task, find_host(task.host));
    configs.give_back(task.config);
  }
  task = change.task;
  task.config = config;
  index.add(task, find_host(task.host));
  note_room(task.host);
}

void Cluster::Tables::apply(const TaskDeleted& change) {
  const auto entry = tasks.find(change.task_id);
  if (entry == tasks.end()) return;
  Task& task = entry->second;
  pending_reasons.erase(task.config.hash());
  index.remove(task, find_host(task.host));
  configs.give_back(task.config);
  const HostId host = task.host;
  tasks.erase(entry);
  note_room(host);
}

void Cluster::Tables::apply(const HostSaved& change) {
  const auto [entry, is_new] = hosts.try_emplace(change.host.id);
  Host& host = entry->second;
  const bool same_attributes = !is_new && host.attributes == change.host.attributes;
  if (!is_new && !same_attributes) index.count_attributes(host, -1);
  forget_suspects(host);
  host = change.host;
  for (const Suspect& suspect : suspects_of(host)) suspecting_hosts[suspect.config][host.id] = suspect.at;
  if (!same_attributes) index.count_attributes(host, 1);
  note_room(host.id);
  room.note_changed(host.id);
}

void Cluster::Tables::forget_suspects(const Host& host) {
  for (const Suspect& suspect : suspects_of(host)) {
    const auto entry = suspecting_hosts.find(suspect.config);
    if (entry == suspecting_hosts.end()) continue;
    entry->second.erase(host.id);
    if (entry->second.empty()) suspecting_hosts.erase(entry);
  }
}

void Cluster::Tables::apply(const HostSeen& change) {
  silences.erase(change.host);
  HostSession& known = sessions[change.host];
  if (!known.session.empty() && known.session != change.session) {
    if (known.former.size() == kFormerSessions) known.former.erase(known.former.begin());
    known.former.push_back(known.session);
  }
  known.session = change.session;
  known.sequence = change.sequence;
  known.last_seen = change.at;
  known.has_left = change.leaving;
  note_room(change.host);
}

void Cluster::Tables::apply(const HostGone& change) {
  const auto session = sessions.find(change.host);
  if (session == sessions.end()) return;
  silences[change.host] = {change.silent_at, session->second.session};
  sessions.erase(session);
  note_room(change.host);
}

void Cluster::Tables::apply(const PendingReasonFound& change) {
  pending_reasons[change.config] = change.reason;
}

void Cluster::Tables::apply(const UnknownTasksFound& change) {
  unknown_tasks.replace(change.host, change.tasks);
  note_room(change.host);
}

// A record without events keeps those that are known: they come as changes of their own.
void Cluster::Tables::apply(const UpdateSaved& change) {
  JobUpdate saved = change.update;
  take_configs(saved.instructions);
  JobUpdate& update = updates[saved.key];
  give_back_configs(update.instructions);
  if (saved.events.empty()) saved.events = std::move(update.events);
  if (saved.instance_events.empty()) saved.instance_events = std::move(update.instance_events);
  update = std::move(saved);
  note_status(update);
}

void Cluster::Tables::apply(const UpdateEventAdded& change) {
  const auto update = updates.find(change.key);
  if (update == updates.end()) return;
  put_at(update->second.events, change.index, change.event);
  note_status(update->second);
}

void Cluster::Tables::apply(const InstanceEventAdded& change) {
  const auto update = updates.find(change.key);
  if (update == updates.end()) return;
  put_at(update->second.instance_events, change.index, change.event);
}

void Cluster::Tables::apply(const UpdateDeleted& change) {
  const auto update = updates.find(change.key);
  if (update == updates.end()) return;
  give_back_configs(update->second.instructions);
  const auto active = active_updates.find(change.key.job);
  if (active != active_updates.end() && active->second == change.key) active_updates.erase(active);
  progress.erase(change.key);
  updates.erase(update);
}

void Cluster::Tables::apply(const UpdateProgressed& change) {
  if (updates.contains(change.key)) progress[change.key] = change.progress;
}

void Cluster::Tables::take_configs(UpdateInstructions& instructions) {
  for (InstanceTaskConfig& part : instructions.initial_state) part.task = configs.take(part.task);
  if (instructions.desired_state)
    instructions.desired_state->task = configs.take(instructions.desired_state->task);
}

void Cluster::Tables::give_back_configs(const UpdateInstructions& instructions) {
  for (const InstanceTaskConfig& part : instructions.initial_state) configs.give_back(part.task);
  if (instructions.desired_state) configs.give_back(instructions.desired_state->task);
}

// A start replays the events of every update, so one that ended long ago is active for a while: it must not take the
// place of the one that is.
void Cluster::Tables::note_status(const JobUpdate& update) {
  if (update.events.empty()) return;
  if (is_active(status_of(update))) {
    active_updates.try_emplace(update.key.job, update.key);
    return;
  }
  const auto active = active_updates.find(update.key.job);
  if (active != active_updates.end() && active->second == update.key) active_updates.erase(active);
  progress.erase(update.key);
}

}  // namespace aurora::core
