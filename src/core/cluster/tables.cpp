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

ResourceTotals Cluster::Tables::available(const HostRecord& host) const {
  HostUsage used = unknown_tasks.used(host.id);
  used += host.used;
  return subtract(host.host->capacity, used);
}

ResourceTotals Cluster::Tables::cleared(const HostRecord& host) const {
  HostUsage used = unknown_tasks.used(host.id);
  used += host.used;
  used -= host.yielding;
  return subtract(host.host->capacity, used);
}

void Cluster::Tables::note_room(Slot host) {
  if (host.empty()) return;
  const HostRecord& record = hosts[host];
  if (record.host) room.update(record.position, record.is_connected(), available(record), cleared(record));
}

void Cluster::Tables::note_use(Slot host) {
  if (!host.empty() && hosts[host].is_connected()) note_room(host);
}

void Cluster::Tables::apply(TaskSaved change) {
  AURORA_CHECK(!change.task.config.empty());
  const Task& task = change.task;
  coordinators.forget(task.id);
  Slot left;
  if (const TaskRecord* known = index.tasks().find_record(task.id)) {
    const bool stops_waiting =
        known->task.status == TaskStatus::Pending && task.status != TaskStatus::Pending;
    if (stops_waiting) pending_reasons.erase(known->task.config.hash());
    left = known->host;
  }
  const std::optional<Slot> entered = index.save(std::move(change.task));
  if (!entered) return;
  if (left != *entered) note_use(left);
  note_use(*entered);
}

void Cluster::Tables::apply(const TaskMoved& change) {
  coordinators.forget(change.task_id);
  const Slot slot = index.tasks().find(change.task_id);
  if (slot.empty()) return;
  const TaskRecord& record = index.tasks()[slot];
  const bool stops_waiting =
      record.task.status == TaskStatus::Pending && change.move.event.status != TaskStatus::Pending;
  if (stops_waiting) pending_reasons.erase(record.task.config.hash());
  const Slot left = record.host;
  if (!index.move(slot, change)) return;
  if (left != record.host) note_use(left);
  note_use(record.host);
}

void Cluster::Tables::apply(const TaskDeleted& change) {
  coordinators.forget(change.task_id);
  const Slot slot = index.tasks().find(change.task_id);
  if (slot.empty()) return;
  const TaskRecord& record = index.tasks()[slot];
  pending_reasons.erase(record.task.config.hash());
  const Slot host = record.host;
  index.erase(slot);
  note_use(host);
}

void Cluster::Tables::apply(const HostSaved& change) {
  const Slot slot = hosts.find_or_insert(change.host.id);
  HostRecord& record = hosts[slot];
  if (record.host) forget_suspects(*record.host);
  const bool is_new = !record.host;
  const bool is_other = is_new || record.host->attributes != change.host.attributes;
  if (is_other) index.set_attributes(record, change.host.attributes);
  record.host = change.host;
  if (is_new) record.position = room.add(*record.host);
  if (is_other) room.set_attributes(record.position, record.attributes);
  for (const Suspect& suspect : suspects_of(*record.host))
    suspecting_hosts[suspect.config][record.id] = suspect.at;
  if (record.host->mode != MaintenanceMode::Draining) drains.erase(record.id);
  note_room(slot);
  room.note_changed(record.position);
}

void Cluster::Tables::apply(const DrainProgressed& change) {
  const HostRecord* record = hosts.find_record(change.host);
  const bool is_draining = record != nullptr && record->host && record->host->mode == MaintenanceMode::Draining;
  if (is_draining) drains.set(change.host, change.progress);
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
  const Slot slot = hosts.find_or_insert(change.host);
  HostRecord& record = hosts[slot];
  record.silence.reset();
  const bool was_connected = record.is_connected();
  if (!record.session) record.session.emplace().since = change.at;
  HostSession& known = *record.session;
  if (known.session != change.session) {
    if (known.former.size() == kFormerSessions) known.former.erase(known.former.begin());
    if (!known.session.empty()) known.former.push_back(known.session);
    known.session = change.session;
  }
  known.sequence = change.sequence;
  known.last_seen = change.at;
  known.has_left = change.leaving;
  known.list_wanted = known.list_wanted && !change.is_complete;
  if (was_connected == record.is_connected()) return;
  connected_hosts += record.is_connected() ? 1 : -1;
  note_room(slot);
}

void Cluster::Tables::apply(const HostChecked&) {}

void Cluster::Tables::apply(const HostGone& change) {
  const Slot slot = hosts.find(change.host);
  if (slot.empty() || !hosts[slot].session) return;
  HostRecord& record = hosts[slot];
  record.silence = HostSilence{change.silent_at, record.session->session};
  if (record.is_connected()) --connected_hosts;
  record.session.reset();
  note_room(slot);
}

void Cluster::Tables::apply(const HostReserved& change) {
  apply(HostReleased{change.host});
  const HostReserved& known = reservations[change.host] = change;
  reserved_hosts[change.config].insert(change.host);
  const Slot slot = hosts.find(change.host);
  if (!slot.empty() && hosts[slot].host) room.set_reservation(hosts[slot].position, &known);
}

void Cluster::Tables::apply(const HostReleased& change) {
  const auto known = reservations.find(change.host);
  if (known == reservations.end()) return;
  const Slot slot = hosts.find(change.host);
  if (!slot.empty() && hosts[slot].host) room.set_reservation(hosts[slot].position, nullptr);
  const auto reserved = reserved_hosts.find(known->second.config);
  reserved->second.erase(change.host);
  if (reserved->second.empty()) reserved_hosts.erase(reserved);
  reservations.erase(known);
}

void Cluster::Tables::apply(const InstanceKept& change) {
  apply(InstanceReleased{change.instance});
  kept[change.instance] = change;
  note_kept(change.host, 1);
}

void Cluster::Tables::apply(const InstanceReleased& change) {
  const auto known = kept.find(change.instance);
  if (known == kept.end()) return;
  note_kept(known->second.host, -1);
  kept.erase(known);
}

void Cluster::Tables::note_kept(const HostId& host, int more) {
  const Slot slot = hosts.find(host);
  if (slot.empty() || !hosts[slot].host) return;
  const size_t position = hosts[slot].position;
  room.set_kept(position, room.kept_at(position) + static_cast<size_t>(more));
}

void Cluster::Tables::apply(const ListWanted& change) {
  const Slot slot = hosts.find(change.host);
  if (!slot.empty() && hosts[slot].session) hosts[slot].session->list_wanted = true;
}

void Cluster::Tables::apply(const PendingReasonFound& change) {
  pending_reasons[change.config] = change.reason;
}

void Cluster::Tables::apply(const UnknownTasksFound& change) {
  unknown_tasks.replace(change.host, change.tasks);
  const Slot slot = hosts.find(change.host);
  note_room(slot);
  if (!slot.empty() && hosts[slot].host) room.note_changed(hosts[slot].position);  // other ports may be free
}

void Cluster::Tables::apply(const CronJobSaved& change) {
  cron_jobs[change.job->job.key] = *change.job;
  index.set_cron(change.job->job);
}

void Cluster::Tables::apply(const CronProgressed& change) {
  if (cron_jobs.contains(change.job)) cron_progress[change.job] = change.progress;
}

void Cluster::Tables::apply(const CronJobDeleted& change) {
  cron_jobs.erase(change.job);
  cron_progress.erase(change.job);
  index.drop_cron(change.job);
}

// A record without events keeps those that are known: they come as changes of their own.
void Cluster::Tables::apply(const UpdateSaved& change) {
  JobUpdate saved = *change.update;
  take_configs(saved.instructions);
  JobUpdate& update = updates[saved.key];
  give_back_configs(update.instructions);
  if (saved.events.empty()) saved.events = std::move(update.events);
  if (saved.instance_events.empty()) saved.instance_events = std::move(update.instance_events);
  update = std::move(saved);
  instance_events.erase(update.key);
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
  auto& events = update->second.instance_events;
  const size_t known = events.size();
  put_at(events, change.index, change.event);
  const auto index = instance_events.find(change.key);
  if (index != instance_events.end() && events.size() > known) index->second[change.event.instance_id].push_back(known);
}

void Cluster::Tables::apply(const UpdateDeleted& change) {
  const auto update = updates.find(change.key);
  if (update == updates.end()) return;
  give_back_configs(update->second.instructions);
  const auto active = active_updates.find(change.key.job);
  if (active != active_updates.end() && active->second == change.key) active_updates.erase(active);
  instance_events.erase(change.key);
  progress.erase(change.key);
  updates.erase(update);
}

void Cluster::Tables::apply(const UpdateProgressed& change) {
  if (updates.contains(change.key)) progress[change.key] = *change.progress;
}

void Cluster::Tables::take_configs(UpdateInstructions& instructions) {
  for (InstanceTaskConfig& part : instructions.initial_state) part.task = configs.share(part.task);
  if (instructions.desired_state)
    instructions.desired_state->task = configs.share(instructions.desired_state->task);
}

void Cluster::Tables::give_back_configs(const UpdateInstructions& instructions) {
  for (const InstanceTaskConfig& part : instructions.initial_state) configs.give_back(part.task);
  if (instructions.desired_state) configs.give_back(instructions.desired_state->task);
}

// A start replays the events of every update, so one that ended long ago is active for a while: it must not
// take the place of the one that is.
void Cluster::Tables::note_status(const JobUpdate& update) {
  if (update.events.empty()) return;
  if (is_active(status_of(update))) {
    active_updates.try_emplace(update.key.job, update.key);
    const auto [index, is_new] = instance_events.try_emplace(update.key);
    for (size_t at = 0; is_new && at < update.instance_events.size(); ++at)
      index->second[update.instance_events[at].instance_id].push_back(at);
    return;
  }
  const auto active = active_updates.find(update.key.job);
  if (active != active_updates.end() && active->second == update.key) active_updates.erase(active);
  instance_events.erase(update.key);
  progress.erase(update.key);
}

}  // namespace aurora::core
