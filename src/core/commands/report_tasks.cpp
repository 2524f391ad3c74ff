// One message for registration, heartbeat and status reports (spec/scheduler.md §2.3, §2.9, §24).
#include <algorithm>
#include <utility>

#include "aurora/core/commands/command.h"
#include "core/placement/quarantine.h"
#include "core/reconciliation/reconcile.h"
#include "core/reconciliation/registration.h"
#include "core/reconciliation/unknown_host_tasks.h"

namespace aurora::core {
namespace {

// Nothing: the report may be used. Otherwise what to tell the executor. A late message of a session must not
// undo what a later one said, and without the registration of its session a report says nothing reliable.
std::optional<ReportTasks::Answer> find_refusal(const HostSession* known, const ReportTasks& report) {
  const bool same_session = known && known->session == report.session;
  if (same_session && report.sequence <= known->sequence) return ReportTasks::Answer{false, false};
  if (known && std::ranges::find(known->former, report.session) != known->former.end()) {
    return ReportTasks::Answer{false, false};
  }
  if (!same_session && !report.host) return ReportTasks::Answer{false, true};
  return std::nullopt;
}

// Whose host it is must be right before anything it says counts: to another cluster's scheduler its tasks are unknown.
Status check_cluster(const ReportTasks& report, const SchedulerSettings& settings) {
  if (report.cluster_id.empty() || settings.cluster_id.empty() || report.cluster_id == settings.cluster_id)
    return Unit{};
  return Error{ErrorCode::FailedPrecondition,
               "Host '" + report.host_id.value() + "' belongs to the cluster with the id " + report.cluster_id +
                   ", and this scheduler's has the id " + settings.cluster_id +
                   ": nothing of the host is used and none of its tasks is touched. If this scheduler was started on "
                   "the wrong --data_dir, start it on the right one. To move the host to this cluster on purpose, "
                   "stop its executor, remove the file cluster_id in its --state_dir, and start it again."};
}

// Two executors under one name would take turns at being the host, each with the tasks of the other missing.
Status check_name_is_free(const Cluster& cluster, const Host& host, const Host* known) {
  if (!known || known->agent_id == host.agent_id || !cluster.is_connected(host.id)) return Unit{};
  return Error{ErrorCode::AlreadyExists,
               "Host '" + host.id.value() + "' is taken by the executor at " + known->executor_url +
                   ". Give this one a name of its own with --hostname, or stop the other one."};
}

Status keep_registration(const Cluster& cluster, const ReportTasks& report, Decision& decision) {
  if (!report.host) return Unit{};
  if (report.host->id != report.host_id) {
    return Error{ErrorCode::InvalidArgument, "The report of host '" + report.host_id.value() +
                                                 "' registers another one, '" + report.host->id.value() +
                                                 "'."};
  }
  const Host* known = cluster.find_host(report.host_id);
  Host host = TRY(accept_registration(*report.host, known));
  clear_suspects(cluster, report.session, host);
  TRY(check_name_is_free(cluster, host, known));
  if (!known || *known != host) decision.changes.push_back(HostSaved{std::move(host)});
  return Unit{};
}

// For /vars: how often hosts had to tell everything.
std::string_view kind_of(const ReportTasks& report, bool agrees) {
  if (report.complete) return "host_reports_complete";
  if (!report.digest) return "host_reports_news";
  return agrees ? "host_beats_agreed" : "host_beats_differing";
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const ReportTasks& report, const Context& context) {
  Decided decision;
  TRY(check_cluster(report, context.settings));
  if (auto refusal = find_refusal(cluster.find_session(report.host_id), report)) {
    decision.answer = *refusal;
    return decision;
  }
  if (needs_descriptions(cluster, report)) {
    decision.answer = ReportTasks::Answer{.accepted = false, .needs_registration = true};
    return decision;
  }
  TRY(keep_registration(cluster, report, decision));
  decision.changes.push_back(HostSeen{report.host_id, report.session, report.sequence,
                                      context.now, report.leaving, report.complete});
  bool agrees = TRY(reconcile(cluster, report, context, decision));
  const HostSession* known = cluster.find_session(report.host_id);
  if (known != nullptr && known->list_wanted && !report.complete) agrees = false;
  ++decision.counts[kind_of(report, agrees)];
  decision.answer =
      ReportTasks::Answer{.accepted = true, .cluster_id = context.settings.cluster_id, .agrees = agrees};
  return decision;
}

}  // namespace aurora::core
