#include "core/maintenance/drain_host.h"

#include <algorithm>

#include "aurora/base/overloaded.h"
#include "aurora/core/cluster/task_after.h"
#include "aurora/core/lifecycle/task_lifecycle.h"
#include "aurora/core/task/task_rules.h"

namespace aurora::core {
namespace {

constexpr char kDraining[] = "Draining machine for maintenance.";

bool is_leaving(const Task& task) { return !find_rule(task.status, TaskStatus::Draining).legal; }

const SlaPolicy& policy_for(const Task& task, const DrainRequest& request) {
  return task.config->sla_policy ? *task.config->sla_policy : request.policy;
}

void end_task(const Cluster& cluster, const Task& task, const Host& host, const Context& context, Decision& decision) {
  const std::string actor = "maintenance of host " + host.id.value() + " (user " + host.drain->user + ")";
  transition(cluster, task, {TaskStatus::Draining, kDraining, killed_by(actor)}, context, decision);
}

void finish(Host host, Decision& decision) {
  host.mode = MaintenanceMode::Drained;
  host.drain.reset();
  decision.changes.push_back(HostSaved{std::move(host)});
}

// The clock was wrong when the drain began, and was set back while the scheduler was down: nobody waits until it comes
// to that moment again.
void begin_now(Host host, Instant now, Decision& decision) {
  host.drain->created = now;
  decision.changes.push_back(HostSaved{std::move(host)});
}

// It may let a task of its job go: another is up, is there or has gone.
bool may_help(TaskStatus status) {
  return status == TaskStatus::Running || status == TaskStatus::Pending || status == TaskStatus::Throttled ||
         is_terminal(status);
}

class News {
 public:
  explicit News(const Cluster& cluster) : cluster_(cluster) {}

  void note(const Change& change) {
    if (const auto task = find_task_after(cluster_, change)) {
      if (may_help(task->status)) note_job(task->record.job());
      return note_host(task->host);
    }
    std::visit(Overloaded{[&](const TaskDeleted& c) { note_job(c.job); },
                          [&](const HostSaved& c) { note_host(c.host.id); },
                          [&](const UnknownTasksFound& c) { note_host(c.host); },
                          [&](const CoordinatorSaid& c) { note_host(c.host); },
                          [](const auto&) {}},
               change);
  }
  const std::set<HostId>& hosts() const { return hosts_; }  // to look at

 private:
  void note_job(const JobKey& job) {
    const std::set<HostId>& waiting = cluster_.list_drains_waiting(job);
    hosts_.insert(waiting.begin(), waiting.end());
  }
  void note_host(const HostId& id) {
    const Host* host = id.empty() ? nullptr : cluster_.find_host(id);
    if (host != nullptr && host->mode == MaintenanceMode::Draining) hosts_.insert(id);
  }

  const Cluster& cluster_;
  std::set<HostId> hosts_;
};

}  // namespace

Instant forced_at(const DrainRequest& request, const SchedulerSettings& settings) {
  if (request.timeout_secs == 0) return request.created + settings.sla.host_maintenance_polling_interval;
  return request.created + seconds(request.timeout_secs) + milliseconds(1);
}

bool is_empty(const Cluster& cluster, const HostId& host) {
  return cluster.list_host_tasks(host).empty() && cluster.list_unknown_tasks(host).empty();
}

void drain_host(const Cluster& cluster, const Host& host, DrainLook look, SlaGate& gate, const Context& context,
                Decision& decision) {
  if (is_empty(cluster, host.id)) return finish(host, decision);
  if (host.drain->created > context.now) return begin_now(host, context.now, decision);
  const Duration interval = context.settings.sla.host_maintenance_polling_interval;
  const Instant deadline = forced_at(*host.drain, context.settings);
  const bool is_forced = context.now >= deadline;
  const SlaTerms terms{interval, seconds(host.drain->timeout_secs) - (context.now - host.drain->created)};
  const DrainProgress* known = cluster.find_drain_progress(host.id);
  DrainProgress progress;
  progress.poll_at = look == DrainLook::Poll || known == nullptr ? context.now + interval : known->poll_at;
  progress.next_look = is_forced ? progress.poll_at : std::min(progress.poll_at, deadline);
  for (const Task* task : cluster.list_host_tasks(host.id)) {
    if (is_leaving(*task) || gate.has_moved(task->id)) continue;
    const SlaVerdict verdict = is_forced ? SlaVerdict{} : gate.pass(*task, policy_for(*task, *host.drain), terms);
    if (verdict.is_allowed()) {
      end_task(cluster, *task, host, context, decision);
      continue;
    }
    progress.jobs.insert(task->job());
    if (verdict.again_at) progress.next_look = std::min(progress.next_look, *verdict.again_at);
  }
  if (known == nullptr || !(*known == progress))
    decision.changes.push_back(DrainProgressed{host.id, std::move(progress)});
}

void follow_drains(const Cluster& cluster, const std::vector<Change>& applied, const Context& context,
                   Decision& decision) {
  News news(cluster);
  for (const Change& change : applied) news.note(change);
  if (news.hosts().empty()) return;
  SlaGate gate(cluster, context, decision);
  for (const HostId& id : news.hosts()) {
    drain_host(cluster, *cluster.find_host(id), DrainLook::News, gate, context, decision);
  }
}

std::vector<DrainHold> list_holds(const Cluster& cluster, const Host& host, SlaBudget& budget, size_t count_max) {
  std::vector<DrainHold> holds;
  for (const Task* task : cluster.list_host_tasks(host.id)) {
    if (holds.size() == count_max) break;
    DrainHold& hold = holds.emplace_back(DrainHold{task, is_leaving(*task)});
    if (hold.is_leaving || !host.drain) continue;
    const SlaVerdict verdict = budget.check(*task, policy_for(*task, *host.drain));
    hold.again_at = verdict.again_at;
    if (verdict.kind != SlaVerdict::Kind::Coordinator) {
      if (!verdict.is_allowed()) hold.why = to_sentence(verdict);
      continue;
    }
    const CoordinatorSaid* said = cluster.find_coordinator_answer(task->id);
    hold.why = said != nullptr ? said->text : "its coordinator has not answered yet";
  }
  return holds;
}

}  // namespace aurora::core
