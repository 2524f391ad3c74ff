// What every decision about the cluster takes, and what it gives. Pure: the same cluster, request and context give the
// same decision.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/core/cluster/change.h"
#include "aurora/core/cluster/effect.h"
#include "aurora/core/cron/cron_plan.h"
#include "aurora/core/host/offer_order.h"
#include "aurora/core/job/sla_timing.h"
#include "aurora/core/job/validate.h"
#include "aurora/core/task/timing.h"

namespace aurora::core {

// Aurora 0.22, spec/scheduler.md §5.
struct PreemptionSettings {
  bool is_enabled = true;
  Duration delay = minutes(3);          // a task waits for so long before others have to go for it
  Duration initial_delay = minutes(3);  // after a start: hosts that are late may have room
  Duration reservation = minutes(3);    // the host is kept for so long for the group whose task made others go
};

// Aurora 0.22, spec/scheduler.md §9.8.
struct UpdateAffinity {
  bool is_enabled = false;
  Duration hold = minutes(3);  // for so long an instance that is replaced waits for its host
};

struct SchedulerSettings {
  std::string cluster_id;  // of the store; empty = none, in tests: then every executor is taken
  JobLimits limits;
  TaskTiming timing;
  SlaTiming sla;
  ExecutorOverhead overhead;
  CronSettings cron;
  OfferOrder offer_order;
  PreemptionSettings preemption;
  UpdateAffinity update_affinity;
  Duration host_timeout = seconds(75);  // without a report, a host is gone and its tasks are partitioned
  bool partition_aware = true;
};

struct Context {
  Instant now;
  Rng& rng;  // new ids and random delays
  const SharedText& scheduler_host;  // in every event
  const SchedulerSettings& settings;
};

struct Decision {
  std::vector<Change> changes;
  std::vector<Effect> effects;
  std::map<std::string_view, int64_t> counts = {};  // what it adds to /vars, under Aurora's names
};

}  // namespace aurora::core
