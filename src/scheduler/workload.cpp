#include "scheduler/workload.h"

#include "aurora/base/overloaded.h"

namespace aurora::scheduler {
namespace {

using namespace core;

int64_t tasks_of(const Answer& answer) {
  const auto* message = std::get_if<Message>(&answer);
  return message == nullptr ? 0 : message->count;
}

int64_t hosts_of(const Answer& answer) {
  const auto* modes = std::get_if<HostModes>(&answer);
  return modes == nullptr ? 0 : static_cast<int64_t>(modes->statuses.size());
}

}  // namespace

std::optional<Workload> workload_of(const Command& command, const Answer& answer) {
  using Found = std::optional<Workload>;
  return std::visit(
      Overloaded{
          [](const CreateJob& c) -> Found { return Workload{"thrift_workload_createJob", c.job.instance_count}; },
          [](const ScheduleCronJob& c) -> Found {
            return Workload{"thrift_workload_createOrUpdateCronTemplate", c.job.instance_count};
          },
          [](const ReplaceCronTemplate& c) -> Found {
            return Workload{"thrift_workload_createOrUpdateCronTemplate", c.job.instance_count};
          },
          [&](const KillTasks&) -> Found { return Workload{"thrift_workload_killTasks", tasks_of(answer)}; },
          [&](const RestartTasks&) -> Found { return Workload{"thrift_workload_restartShards", tasks_of(answer)}; },
          [&](const StartMaintenance&) -> Found { return Workload{"thrift_workload_startMaintenance", hosts_of(answer)}; },
          [&](const DrainHosts& c) -> Found {
            return Workload{c.terms ? "thrift_workload_slaDrainHosts" : "thrift_workload_drainHosts", hosts_of(answer)};
          },
          [&](const EndMaintenance&) -> Found { return Workload{"thrift_workload_endMaintenance", hosts_of(answer)}; },
          [&](const PruneTasks&) -> Found { return Workload{"thrift_workload_pruneTasks", tasks_of(answer)}; },
          [](const AddInstances& c) -> Found { return Workload{"thrift_workload_addInstances", c.count}; },
          [](const StartUpdate& c) -> Found { return Workload{"thrift_workload_startJobUpdate", c.request.instance_count}; },
          [](const auto&) -> Found { return std::nullopt; }},
      command);
}

}  // namespace aurora::scheduler
