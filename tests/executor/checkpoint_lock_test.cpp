#include "executor/checkpoint_lock.h"

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

using namespace aurora;
using executor::CheckpointLock;

TEST_CASE(
    "whoever takes the lock of a checkpoint knows whether there is none, somebody holds it, or it cannot be "
    "told") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/checkpoint";
  CHECK(CheckpointLock::take(path).error().code == ErrorCode::NotFound);
  CHECK_FALSE(os::exists(path));
  REQUIRE(os::write_file(path, "").ok());
  {
    const Result<CheckpointLock> lock = CheckpointLock::take(path);
    CHECK(lock.ok());
    CHECK(CheckpointLock::take(path).error().code == ErrorCode::FailedPrecondition);
  }
  CHECK(CheckpointLock::take(path).ok());
  // What the system does not open may be there, and held: nobody is dead for that.
  REQUIRE(os::make_link(path + ".loop", path + ".loop").ok());
  CHECK(CheckpointLock::take(path + ".loop").error().code != ErrorCode::NotFound);
}
