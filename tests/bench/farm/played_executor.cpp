#include "farm/played_executor.h"

#include "aurora/base/overloaded.h"

namespace aurora::farm {

PlayedExecutor::Step PlayedExecutor::take(const core::HostEvent& event, Instant now) {
  Step step;
  decide(event, now, step);
  decide(core::TimerFired{}, now, step);
  return step;
}

void PlayedExecutor::decide(const core::HostEvent& event, Instant now, Step& step) {
  const core::HostDecision decision = tasks_.decide(event, now);
  core::TasksCollected forgotten;  // at once: their files never were
  for (const core::HostRecord& record : decision.records) {
    tasks_.apply(record);
    if (const auto* known = std::get_if<core::EndAcknowledged>(&record)) forgotten.records.push_back(known->task_id);
  }
  for (const core::HostEffect& effect : decision.effects) {
    std::visit(Overloaded{
                   [&](const core::StartRunner& e) { step.starts.push_back(e.task.id); },
                   [&](const core::SignalRunner& e) { step.kills.push_back(e.task_id); },
                   [&](const core::DestroyRunner& e) { step.kills.push_back(e.task_id); },
                   [&](const core::SendReport& e) { step.reports.push_back(e.report); },
                   [](const core::JoinCluster&) {},
                   // Its tasks are not checked, and nobody asks them by HTTP.
                   [](const core::CheckHealth&) {}, [](const core::BeginShutdown&) {}, [](const core::LeaveTask&) {},
               },
               effect);
  }
  if (!forgotten.records.empty()) decide(forgotten, now, step);
}

core::RunnerExited make_end(const core::TaskId& task_id, core::RunState state) {
  core::RunnerEnd end{.exit_code = 0, .signal = {}, .last_state = state};
  if (state == core::RunState::Failed) {
    end.reason = core::EndReason{.cause = core::EndCause::Exited, .process = "farm", .exit_code = 1};
  }
  return {task_id, end};
}

}  // namespace aurora::farm
