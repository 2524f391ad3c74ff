// What the host says to the scheduler, and when.
#include "aurora/core/process/host_tasks.h"

namespace aurora::core {
namespace {

constexpr size_t kReportTasksMax = 2000;  // in one incremental report; the rest follows with the next

TaskReport report_of(const TaskId& task_id, const HostTask& task) {
  TaskReport report{task_id, task.status, std::nullopt, task.status_at, task.reason};
  if (!task.message.empty()) report.message = task.message;
  return report;
}

}  // namespace

ReportTasks HostTasks::next_report() {
  ReportTasks report;
  report.host_id = host_.id;
  report.session = session_;
  report.sequence = ++sequence_;
  report.cluster_id = cluster_id_;
  return report;
}

// At random: at most `most`, by `sooner` of it less.
Duration HostTasks::up_to(Duration most, double sooner) {
  return most - Duration{static_cast<int64_t>(rng_.unit() * sooner * static_cast<double>(most.ms))};
}

void HostTasks::report_if_due(Instant now, HostDecision& decision) {
  if (in_flight_ && now < in_flight_->at + timing_.answer_timeout) return;
  if (now < next_attempt_) return;
  const bool is_beat = !registered_ || now >= next_beat_;
  if (!is_beat && changed_.empty()) return;

  ReportTasks report = next_report();
  report.complete = is_beat && (!registered_ || !agrees_ || now >= next_list_);
  if (!registered_) report.host = taken_ports_.empty() ? host_ : offered_host();
  Sent sent;
  sent.sequence = report.sequence;
  sent.at = now;
  sent.offer = offer_;
  for (const TaskId& task_id : report.complete ? reported_ : changed_) {
    if (!report.complete && report.tasks.size() >= kReportTasksMax) break;
    const HostTask& task = tasks_.at(task_id);
    report.tasks.push_back(report_of(task_id, task));
    if (report.host && !is_terminal(task.status)) report.tasks.back().summary = task.summary;
    sent.versions.emplace(task_id, task.version);
  }
  const bool tells_all = report.complete || report.tasks.size() == changed_.size();
  if (is_beat && tells_all) report.digest = digest_;
  sent.is_registration = report.host.has_value();
  sent.is_complete = report.complete;
  sent.has_digest = report.digest.has_value();
  in_flight_ = std::move(sent);
  decision.effects.push_back(SendReport{std::move(report)});
}

// Says nothing of tasks: they go on, and the next session reports them all.
ReportTasks HostTasks::farewell() {
  ReportTasks report = next_report();
  report.leaving = true;
  return report;
}

void HostTasks::refused(const Sent& sent, const ReportAnswered& event, Instant now) {
  if (event.answer && event.answer->needs_registration) {
    registered_ = false;
    if (!sent.is_registration) {
      next_attempt_ = now + up_to(timing_.registration_spread, 1);
      return;
    }
  }
  next_attempt_ = now + up_to(retry_delay_, 0.5);
  retry_delay_ = std::min(retry_delay_ * 2, timing_.heartbeat);
}

void HostTasks::answered(const ReportAnswered& event, Instant now, HostDecision& decision) {
  if (!in_flight_ || event.sequence != in_flight_->sequence) return;  // late: already sent again
  const Sent sent = std::move(*in_flight_);
  in_flight_.reset();
  if (!event.answer || !event.answer->accepted) return refused(sent, event, now);
  retry_delay_ = timing_.retry_delay;
  registered_ = sent.offer == offer_;
  if (cluster_id_.empty() && !event.answer->cluster_id.empty()) {
    cluster_id_ = event.answer->cluster_id;
    decision.effects.push_back(JoinCluster{cluster_id_});
  }
  if (sent.has_digest) {
    agrees_ = event.answer->agrees;
    next_beat_ = agrees_ || sent.is_complete ? now + up_to(timing_.heartbeat, 0.1) : now;
    if (sent.is_complete) next_list_ = now + up_to(timing_.list_interval, 0.2);
  }
  for (const auto& [task_id, version] : sent.versions) {
    const HostTask* task = find(task_id);
    if (task == nullptr || task->version != version) continue;  // changed meanwhile
    changed_.erase(task_id);
    if (is_terminal(task->status)) decision.records.push_back(EndAcknowledged{task_id});
  }
}

}  // namespace aurora::core
