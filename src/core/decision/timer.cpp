#include "aurora/core/decision/timer.h"

namespace aurora::core {
namespace {

using Kind = TimerSubject::Kind;

struct FindSubject {
  TimerSubject operator()(const ChangeTask& command) const { return subject_of(command.task_id); }
  TimerSubject operator()(const RetryKill& command) const { return subject_of(command.task_id); }
  TimerSubject operator()(const PruneTask& command) const { return subject_of(command.task_id); }
  TimerSubject operator()(const PruneHistory& command) const { return subject_of(command.job); }
  TimerSubject operator()(const CheckHost& command) const { return subject_of(command.host); }
  TimerSubject operator()(const PollDrain& command) const { return drain_of(command.host); }
  TimerSubject operator()(const ReleaseHost& command) const { return reservation_of(command.host); }
  TimerSubject operator()(const ReleaseInstance& command) const { return affinity_of(command.instance); }
  TimerSubject operator()(const EvaluateUpdate& command) const { return subject_of(command.key); }
  TimerSubject operator()(const FollowCron& command) const { return cron_subject_of(command.job); }
};

}  // namespace

TimerSubject subject_of(const TaskId& task) { return {Kind::Task, task.text()}; }
TimerSubject subject_of(const HostId& host) { return {Kind::Host, host.text()}; }
TimerSubject subject_of(const JobKey& job) { return {Kind::Job, to_string(job)}; }
TimerSubject drain_of(const HostId& host) { return {Kind::Drain, host.text()}; }
TimerSubject subject_of(const UpdateKey& update) { return {Kind::Update, to_string(update)}; }
TimerSubject cron_subject_of(const JobKey& job) { return {Kind::CronJob, to_string(job)}; }
TimerSubject reservation_of(const HostId& host) { return {Kind::Reservation, host.text()}; }
TimerSubject affinity_of(const InstanceKey& instance) { return {Kind::Affinity, to_string(instance)}; }
TimerSubject subject_of(const TimedCommand& command) { return std::visit(FindSubject{}, command); }

}  // namespace aurora::core
