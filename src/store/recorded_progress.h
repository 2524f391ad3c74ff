// An update's progress in a shape that has a fields() list: maps by instance as lists.
#pragma once

#include <vector>

#include "aurora/store/recorded_fields.h"

namespace aurora::store {

struct RecordedInstance {
  int32_t instance_id = 0;
  bool is_working = false;
  bool has_failed = false;
  std::optional<int32_t> failures = {};
  std::optional<core::TaskId> failed_task = {};
  std::optional<core::SlaWait> sla_wait = {};
};
void fields(Is<RecordedInstance> auto& i, auto&& visit) {
  visit("instanceId", i.instance_id);
  visit("isWorking", i.is_working);
  visit("hasFailed", i.has_failed);
  visit("failures", i.failures);
  visit("failedTask", i.failed_task);
  visit("slaWait", i.sla_wait);
}

struct RecordedProgress {
  core::UpdateKey key;
  std::optional<std::vector<int32_t>> order = {};
  int64_t started = 0;
  std::vector<RecordedInstance> instances = {};
  std::optional<std::vector<int32_t>> touched = {};
  int64_t sla_attempts = 0;
  Instant last_pulse;
  Instant next_look;
};
void fields(Is<RecordedProgress> auto& p, auto&& visit) {
  visit("key", p.key);
  visit("order", p.order);
  visit("started", p.started);
  visit("instances", p.instances);
  visit("touched", p.touched);
  visit("slaAttempts", p.sla_attempts);
  visit("lastPulse", p.last_pulse);
  visit("nextLook", p.next_look);
}

RecordedProgress to_recorded(const core::UpdateProgressed& change);
core::UpdateProgressed to_change(const RecordedProgress& recorded);

}  // namespace aurora::store
