#include "aurora/os/own_limits.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;

namespace {

// Files like those of the kernel: no machine has all hierarchies.
class Machine {
 public:
  void mount(const std::string& name, const std::string& type, const std::string& options,
             const std::string& root = "/") {
    mounts_ += "30 21 0:30 " + root + " " + folder_.path() + "/" + name + " rw - " + type + " c rw," +
               options + "\n";
  }
  void belong(const std::string& line) { groups_ += line + "\n"; }
  void write(const std::string& path, const std::string& text) {
    const std::string file = folder_.path() + "/" + path;
    REQUIRE(os::make_folders(file.substr(0, file.rfind('/'))).ok());
    REQUIRE(os::write_file(file, text + "\n").ok());
  }
  os::OwnLimits look() {
    REQUIRE(os::write_file(folder_.path() + "/mountinfo", mounts_).ok());
    REQUIRE(os::write_file(folder_.path() + "/groups", groups_).ok());
    return os::find_own_limits(folder_.path() + "/mountinfo", folder_.path() + "/groups");
  }

 private:
  test::TempFolder folder_;
  std::string mounts_;
  std::string groups_;
};

}  // namespace

TEST_CASE("of version 2 the least of the own group and of those above it counts") {
  Machine machine;
  machine.mount("v2", "cgroup2", "x");
  machine.belong("0::/a/b");
  CHECK_FALSE(machine.look().cpus);
  machine.write("v2/a/b/cpu.max", "max 100000");
  machine.write("v2/a/b/memory.max", "max");
  CHECK_FALSE(machine.look().cpus);
  CHECK_FALSE(machine.look().memory_bytes);
  machine.write("v2/a/cpu.max", "150000 100000");
  machine.write("v2/a/memory.max", "1073741824");
  CHECK(machine.look().cpus == 1.5);
  CHECK(machine.look().memory_bytes == 1 << 30);
  machine.write("v2/a/b/cpu.max", "20000 10000");
  machine.write("v2/a/b/memory.max", "536870912");
  CHECK(machine.look().cpus == 1.5);
  CHECK(machine.look().memory_bytes == 512 << 20);
}

TEST_CASE("of version 1 each hierarchy says its own") {
  Machine machine;
  machine.mount("cpu", "cgroup", "cpu,cpuacct");
  machine.mount("memory", "cgroup", "memory");
  machine.belong("3:memory:/m");
  machine.belong("2:cpu,cpuacct:/c");
  machine.belong("damaged");
  machine.write("cpu/c/cpu.cfs_quota_us", "-1");
  machine.write("cpu/c/cpu.cfs_period_us", "100000");
  machine.write("memory/m/memory.limit_in_bytes", "9223372036854771712");
  CHECK_FALSE(machine.look().cpus);
  CHECK(machine.look().memory_bytes > int64_t{1} << 60);
  machine.write("cpu/c/cpu.cfs_quota_us", "200000");
  machine.write("memory/memory.limit_in_bytes", "1048576");
  CHECK(machine.look().cpus == 2.0);
  CHECK(machine.look().memory_bytes == 1 << 20);
}

TEST_CASE("in a container the group is seen where its hierarchy is mounted") {
  Machine machine;
  machine.mount("v2", "cgroup2", "x", "/docker/1234");
  machine.belong("0::/docker/1234/inner");
  machine.write("v2/inner/cpu.max", "300000 100000");
  machine.write("v2/cpu.max", "200000 100000");
  CHECK(machine.look().cpus == 2.0);
}

TEST_CASE("a group that is out of sight, and files that are not there, limit nothing") {
  Machine machine;
  machine.mount("v2", "cgroup2", "x", "/docker/1234");
  machine.belong("0::/elsewhere");
  machine.write("v2/cpu.max", "broken");
  CHECK_FALSE(machine.look().cpus);
  CHECK_FALSE(os::find_own_limits("/nowhere", "/nowhere").memory_bytes);
}
