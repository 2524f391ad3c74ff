#include "aurora/os/project_quota.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "support/temp_folder.h"

using namespace aurora;

namespace {

// By somebody who is not root, for whom there are no quotas. False: not all of it could be written.
bool writes(const std::string& path, int64_t bytes) {
  os::SpawnRequest request{
      .program = "/bin/bash",
      .arguments = {"bash", "-c",
                    "exec 2> /dev/null; head -c " + std::to_string(bytes) + " /dev/zero > " + path},
      .environment = {"PATH=/usr/bin:/bin"},
      .user = os::User{"www-data", 33, 33, {}, ""}};
  const auto pid = os::spawn(request);
  REQUIRE(pid.ok());
  return os::wait_for_child(*pid).exit_code == 0;
}

}  // namespace

TEST_CASE("a file system without project quotas says so, and nothing happens there") {
  CHECK(os::find_quota_obstacle("/nowhere") == "cannot open /nowhere: No such file or directory");
  CHECK(os::find_quota_obstacle("/proc") != "");
  const test::TempFolder folder;
  if (os::find_quota_obstacle(folder.path()).empty()) return;
  CHECK_FALSE(os::limit_folder(folder.path(), 1 << 20, "t").ok());
  CHECK_FALSE(os::find_project_bytes(folder.path()));
  os::unlimit_folder(folder.path());
  os::unlimit_folder("/nowhere");
}

// tests/vm mounts one: few kernels have what it takes.
TEST_CASE("a project of the kernel cannot grow beyond its limit", "[project]") {
  const char* const mounted = std::getenv("AURORA_QUOTA_FOLDER");
  if (mounted == nullptr) return;
  const std::string top = mounted;
  REQUIRE(os::find_quota_obstacle(top).empty());
  const std::string one = top + "/one";
  const std::string two = top + "/two";
  for (const std::string& folder : {one, two}) {
    REQUIRE(os::make_folders(folder).ok());
    REQUIRE(os::give_to(folder, 33, 33).ok());
    CHECK_FALSE(os::find_project_bytes(folder));
    REQUIRE(os::limit_folder(folder, 2 << 20, "the same seed").ok());
    CHECK(os::find_project_bytes(folder).value_or(-1) < 100'000);
  }
  CHECK(writes(one + "/small", 1 << 20));
  CHECK(os::find_project_bytes(one) >= 1 << 20);
  CHECK(os::find_project_bytes(two) < 100'000);
  CHECK_FALSE(writes(one + "/large", 2 << 20));
  CHECK(os::find_project_bytes(one) > 2'000'000);
  CHECK(os::find_project_bytes(one) <= 2 << 20);
  CHECK(writes(two + "/file", 1 << 20));
  os::unlimit_folder(one);
  CHECK(writes(one + "/large", 3 << 20));
  CHECK(os::find_project_bytes(one) >= 3 << 20);  // still told apart from others
  os::unlimit_folder(two);
}
