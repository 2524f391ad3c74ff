#include "core/rollout/update_lifecycle.h"

#include <catch2/catch.hpp>

#include "support/builders.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

JobUpdate in_status(UpdateStatus status) {
  JobUpdate update;
  update.key = {test::a_key(), UpdateId("u")};
  update.events = {{status, Instant{1}, std::nullopt, std::nullopt}};
  return update;
}

std::string target_name(std::optional<UpdateStatus> target) {
  return target ? std::string(enum_name(*target)) : "none";
}

TEST_CASE("every move of an update", "[update]") {
  std::string text = "moves\n";
  for (const auto& from : EnumNames<UpdateStatus>::values) {
    text += std::string(from.name) + " :";
    for (const auto& to : EnumNames<UpdateStatus>::values) {
      if (can_move(from.value, to.value)) text += " " + std::string(to.name);
    }
    text += "\n";
  }
  text += "\nrequests: pause | resume | resume without a pulse | abort | rollback\n";
  for (const auto& from : EnumNames<UpdateStatus>::values) {
    text += std::string(from.name) + " : " +
            target_name(find_target(from.value, UpdateControl::Pause, false)) + " | " +
            target_name(find_target(from.value, UpdateControl::Resume, false)) + " | " +
            target_name(find_target(from.value, UpdateControl::Resume, true)) + " | " +
            target_name(find_target(from.value, UpdateControl::Abort, false)) + " | " +
            target_name(find_target(from.value, UpdateControl::Rollback, false)) + "\n";
  }
  CHECK(test::compare_golden("tests/core/rollout/golden/update_lifecycle.txt", text).matches);
}

TEST_CASE("a move is an event, the same status is nothing, the rest is refused", "[update]") {
  for (const auto& from : EnumNames<UpdateStatus>::values) {
    for (const auto& to : EnumNames<UpdateStatus>::values) {
      CAPTURE(from.name, to.name);
      Decision decision;
      const Status moved = move_update(in_status(from.value), to.value, {.user = "ann", .message = "why"},
                                       Instant{2}, decision);
      if (from.value == to.value) {
        CHECK((moved.ok() && decision.changes.empty()));
      } else if (can_move(from.value, to.value)) {
        REQUIRE((moved.ok() && decision.changes.size() == 1));
        const auto& added = std::get<UpdateEventAdded>(decision.changes[0]);
        CHECK(added.index == 1);
        CHECK(added.event == UpdateEvent{to.value, Instant{2}, "ann", "why"});
      } else {
        REQUIRE_FALSE(moved.ok());
        CHECK(moved.error().message ==
              "Cannot transition update from " + std::string(from.name) + " to " + std::string(to.name));
      }
    }
  }
}

}  // namespace
}  // namespace aurora::core
