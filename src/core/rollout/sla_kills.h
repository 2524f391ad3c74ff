// Updates that end instances only as their policies allow (spec/scheduler.md §9.9). The original tries again after 1 to
// 5 minutes; here an instance is tried again with every change of its job, too.
#pragma once

#include <map>

#include "aurora/core/cluster/cluster.h"
#include "core/sla/sla_gate.h"

namespace aurora::core {

class SlaKills {
 public:
  // All outlive it. `waits`: what the last look left; replaced by what this one leaves.
  SlaKills(const Cluster& cluster, const JobUpdate& update, std::map<int32_t, SlaWait>& waits, SlaGate& gate, const Context& context);

  // Whether the update may end the task now; otherwise when to try again is in `waits`.
  bool may_end(const Task& task);
  // What to tell of the instance, each once in the life of the update.
  std::vector<std::string> list_news(int32_t instance) const;
  int64_t attempts() const { return attempts_; }

 private:
  void wait(int32_t instance, const SlaVerdict& verdict);
  void tell(int32_t instance, const std::string& message);

  const Cluster& cluster_;
  const JobUpdate& update_;
  const std::map<int32_t, SlaWait> before_;
  std::map<int32_t, SlaWait>& waits_;
  SlaGate& gate_;
  const Context& context_;
  std::map<int32_t, std::vector<std::string>> news_;
  int64_t attempts_ = 0;
};

}  // namespace aurora::core
