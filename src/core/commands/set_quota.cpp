#include "aurora/core/commands/command.h"
#include "aurora/core/quota/consumption.h"

namespace aurora::core {

Result<Decided> decide(const Cluster& cluster, const SetQuota& command, const Context&) {
  TRY(check_new_quota(cluster, command.quota));
  Decided decision;
  // Only what is told: what else a request may have carried is not kept.
  decision.changes.push_back(QuotaSaved{{command.quota.role, totals(use_of(command.quota.amount))}});
  decision.answer = Message{"Quota of " + command.quota.role + " set.", 0};
  return decision;
}

}  // namespace aurora::core
