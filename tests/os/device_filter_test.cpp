#include "aurora/os/device_filter.h"

#include <catch2/catch.hpp>

#include "aurora/os/cgroup.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "aurora/os/users.h"
#include "support/temp_folder.h"

using namespace aurora;

TEST_CASE("a device is known by its numbers, whatever its name") {
  CHECK(os::find_device("/dev/full") == os::DeviceFile{false, 1, 7});
  CHECK_FALSE(os::find_device("/dev"));
  CHECK_FALSE(os::find_device("/dev/missing"));
  CHECK(os::to_rule({true, 8, 1}) == "b 8:1 rwm");
}

TEST_CASE("nobody in a group of the kernel opens a device that is hidden from it") {
  if (!os::is_root()) return;
  const os::Cgroups groups = os::Cgroups::open("/aurora-test-devices/" + std::to_string(os::own_pid()), 1,
                                               {.filters_devices = true});
  REQUIRE(groups.devices().why_not.empty());
  const auto group = groups.make("task", {.hidden_devices = {{false, 1, 7}, {false, 1, 9}}});
  REQUIRE(group.ok());
  const auto can_read = [&](const std::string& device) {
    std::vector<os::Fd> folders;
    os::SpawnRequest request{
        .program = "/bin/bash",
        .arguments = {"bash", "-c", "exec 2> /dev/null; head -c 1 " + device + " > /dev/null"},
        .environment = {"PATH=/usr/bin:/bin"}};
    for (const std::string& folder : group->folders) {
      const bool has_processes = group->processes.starts_with(folder + "/");
      auto entry = os::open_cgroup(has_processes ? group->processes : folder);
      REQUIRE(entry.ok());
      request.cgroups.push_back(entry->get());
      folders.push_back(std::move(*entry));
    }
    const auto pid = os::spawn(request);
    REQUIRE(pid.ok());
    return os::wait_for_child(*pid).exit_code == 0;
  };
  CHECK(can_read("/dev/zero"));
  CHECK_FALSE(can_read("/dev/full"));
  CHECK_FALSE(can_read("/dev/urandom"));
  CHECK(can_read("/dev/random"));
  CHECK(groups.remove("task", seconds(5)));
  const auto open = groups.make("open", {});
  REQUIRE(open.ok());
  CHECK(groups.remove("open", seconds(5)));
  groups.close();
}
