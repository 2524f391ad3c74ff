// An outside service says that a coordinated update may go on (spec/scheduler.md §9.7).
#include "aurora/core/commands/command.h"
#include "core/rollout/evaluation.h"
#include "core/rollout/update_lifecycle.h"

namespace aurora::core {

// An update that can't be waiting for pulses is FINISHED, even if it never was.
Result<Decided> decide(const Cluster& cluster, const PulseUpdate& command, const Context& context) {
  Decided decision;
  const JobUpdate* update = cluster.find_update(command.key);
  const bool takes_pulses = update && is_active(status_of(*update)) &&
                            update->instructions.settings.block_if_no_pulses_after_ms > 0;
  decision.answer = PulseUpdate::Answer{takes_pulses ? "OK" : "FINISHED"};
  if (!takes_pulses) return decision;
  UpdateProgress progress = progress_of(cluster, *update);
  progress.last_pulse = context.now;
  decision.changes.push_back(UpdateProgressed{update->key, std::move(progress)});
  const UpdateStatus status = status_of(*update);
  if (!is_awaiting_pulse(status)) return decision;
  TRY(move_update(*update, is_forward(status) ? UpdateStatus::RollingForward : UpdateStatus::RollingBack, {},
                  context.now, decision));
  return decision;
}

}  // namespace aurora::core
