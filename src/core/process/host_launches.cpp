// What the host takes on, and what of its own it gives to each task.
#include "aurora/core/process/host_tasks.h"

namespace aurora::core {

void HostTasks::launch(const Task& task, Instant now, HostDecision& decision) {
  if (const auto found = tasks_.find(task.id);
      found != tasks_.end()) {  // repeated, or killed before it arrived
    report_again(task.id, found->second);
    return;
  }
  HostTaskSummary summary = summary_of(task);
  std::optional<std::vector<std::string>> gpus = choose_gpus(task.config->resources.gpus, decision);
  if (gpus) summary.gpus = std::move(*gpus);
  decision.records.push_back(TaskAccepted{task.id, now, std::move(summary)});
  if (gpus) {
    decision.effects.push_back(StartRunner{task});
    return;
  }
  const std::string why = "fewer GPUs are free on this host than the " +
                          std::to_string(task.config->resources.gpus) + " that it asks for";
  decision.records.push_back(TaskEnded{task.id, now, TaskStatus::Lost, "Task initialization failed: " + why,
                                       EndReason{.cause = EndCause::Setup, .detail = why}});
}

// The first that no task has that runs, or that is being ended although it should be over, and none that is
// accepted in this decision. Absent: there are not so many.
std::optional<std::vector<std::string>> HostTasks::choose_gpus(int64_t count,
                                                               const HostDecision& decision) const {
  std::vector<std::string> chosen;
  if (count <= 0) return chosen;
  std::set<std::string> taken;
  for (const auto& [task_id, task] : tasks_) {
    if (!is_terminal(task.status) || endings_.contains(task_id))
      taken.insert(task.summary.gpus.begin(), task.summary.gpus.end());
  }
  for (const HostRecord& record : decision.records) {
    if (const auto* accepted = std::get_if<TaskAccepted>(&record))
      taken.insert(accepted->summary.gpus.begin(), accepted->summary.gpus.end());
  }
  for (const std::string& gpu : gpus_) {
    if (!taken.contains(gpu)) chosen.push_back(gpu);
    if (static_cast<int64_t>(chosen.size()) == count) return chosen;
  }
  return std::nullopt;
}

}  // namespace aurora::core
