#include "aurora/core/update/update_summary.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

// Replaces instances 0 and 1, adds 2, removes 5.
JobUpdate an_update() {
  JobUpdate update;
  update.key = {test::a_key(), UpdateId("u")};
  update.user = "ann";
  const TaskConfigRef config(test::a_service());
  update.instructions.initial_state = {{config, {{0, 1}, {5, 5}}}};
  update.instructions.desired_state = {config, {{0, 2}}};
  update.events = {{UpdateStatus::RollingForward, Instant{10}, {}, {}}};
  return update;
}

std::string text(const JobUpdate& update) {
  std::string states;
  for (const UpdatedInstance& instance : list_instances(update)) {
    states += std::to_string(instance.instance_id) + (instance.is_removed ? " removed" : "") + " " +
              (instance.action ? std::string(enum_name(*instance.action)) : "-") + "; ";
  }
  return states;
}

TEST_CASE("an update counts the instances it touches and those it has updated") {
  JobUpdate update = an_update();
  CHECK(text(update) == "0 -; 1 -; 2 -; 5 -; ");
  CHECK(summary_of(update).instances_total == 4);
  CHECK(summary_of(update).instances_updated == 0);

  update.instance_events = {{0, Instant{11}, InstanceAction::Updating, {}},
                            {0, Instant{12}, InstanceAction::Updated, {}},
                            {5, Instant{13}, InstanceAction::Updated, {}},
                            {1, Instant{14}, InstanceAction::UpdateFailed, {}}};
  CHECK(text(update) == "0 INSTANCE_UPDATED; 1 INSTANCE_UPDATE_FAILED; 2 -; 5 removed INSTANCE_UPDATED; ");
  const UpdateSummary summary = summary_of(update);
  CHECK(summary.instances_updated == 2);
  CHECK(summary.is_active);
  CHECK(summary.created == Instant{10});
  CHECK(summary.last_modified == Instant{14});

  update.events.push_back({UpdateStatus::RollingBack, Instant{15}, {}, {}});
  update.instance_events.push_back({0, Instant{16}, InstanceAction::RolledBack, {}});
  CHECK(summary_of(update).instances_updated == 2);  // at any time
  CHECK(text(update).starts_with("0 INSTANCE_ROLLED_BACK"));
}

TEST_CASE("an update that only removes has no desired state") {
  JobUpdate update = an_update();
  update.instructions.desired_state.reset();
  CHECK(summary_of(update).instances_total == 3);
}

}  // namespace
}  // namespace aurora::core
