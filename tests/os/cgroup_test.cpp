#include "aurora/os/cgroup.h"

#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "aurora/base/clock.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "aurora/os/users.h"
#include "support/temp_folder.h"

using namespace aurora;

namespace {

// Of this test run, gone with it.
class Groups {
 public:
  explicit Groups(double cpus = 1)
      : groups(os::Cgroups::open("/aurora-test/" + std::to_string(os::own_pid()), cpus)) {}
  ~Groups() {
    for (const std::string& name : groups.list()) groups.remove(name, seconds(2));
    groups.close();
  }
  os::Cgroups groups;
};

int start_in(const os::Cgroups::Group& group, const std::string& script, const std::string& output = "") {
  std::vector<os::Fd> folders;
  os::SpawnRequest request{
      .program = "/bin/bash", .arguments = {"bash", "-c", script}, .environment = {"PATH=/usr/bin:/bin"}};
  for (const std::string& folder : group.folders) {
    Result<os::Fd> entry =
        os::open_cgroup(group.processes.starts_with(folder + "/") ? group.processes : folder);
    REQUIRE(entry.ok());
    request.cgroups.push_back(entry->get());
    folders.push_back(std::move(*entry));
  }
  request.stdout_path = output;
  const Result<int> pid = os::spawn(request);
  REQUIRE(pid.ok());
  return *pid;
}

os::ProcessEnd end_of(int pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? os::ProcessEnd{0, WTERMSIG(status)} : os::ProcessEnd{WEXITSTATUS(status), 0};
}

}  // namespace

TEST_CASE("hierarchies of both versions are found among the mounts") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/mountinfo";
  REQUIRE(os::write_file(path,
                         "21 1 0:20 / /proc rw - proc proc rw\n"
                         "30 21 0:30 / " +
                             folder.path() +
                             "/v1 rw - cgroup cgroup rw,memory,pids\n"
                             "31 21 0:31 / " +
                             folder.path() +
                             "/no\\040where rw,relatime shared:9 - cgroup2 c rw\n"
                             "damaged\n32 21\n")
              .ok());
  REQUIRE(os::make_folders(folder.path() + "/v1").ok());
  const os::Cgroups groups = os::Cgroups::open("/aurora/a", 2, {.mountinfo = path});
  CHECK(groups.memory().how == "cgroup v1");
  CHECK(groups.pids().why_not.empty());
  CHECK(groups.cpu().why_not == "no control group hierarchy with cpu is mounted (/proc/self/mountinfo)");
  CHECK(os::exists(folder.path() + "/v1/aurora/a"));
  // It is no file system of the kernel: its entries are missing, and what was begun is gone.
  const auto made = groups.make("task", {.cpus = 1, .caps_cpus = false, .memory_bytes = 1, .pids = 1});
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().message == "cannot open " + folder.path() +
                                    "/v1/aurora/a/task/memory.limit_in_bytes: No such file or directory");
  CHECK(groups.list().empty());
  CHECK(os::Cgroups::open("/aurora", 1, {.mountinfo = folder.path() + "/missing"})
            .kill()
            .why_not.starts_with("no control group"));
}

TEST_CASE("who is in a group of the kernel has its limits") {
  Groups fixture;
  const os::Cgroups& groups = fixture.groups;
  if (!os::is_root()) {
    CHECK_FALSE(groups.memory().why_not.empty());
    return;
  }
  REQUIRE(groups.memory().why_not.empty());
  REQUIRE(groups.pids().why_not.empty());
  REQUIRE(groups.kill().why_not.empty());
  const auto group =
      groups.make("task", {.cpus = 0.5, .caps_cpus = true, .memory_bytes = 32 << 20, .pids = 8});
  REQUIRE(group.ok());
  CHECK(groups.list() == std::vector<std::string>{"task"});
  CHECK(groups.find("task").folders == group->folders);

  const auto number_in = [&](const std::string& name) -> std::string {
    for (const std::string& folder : group->folders) {
      if (const auto text = os::read_file(folder + "/" + name); text.ok()) return text->substr(0, text->find('\n'));
    }
    return "none";
  };

  SECTION("memory: swap is no way around the limit") {
    const std::string limit = std::to_string(32 << 20);
    CHECK((number_in("memory.limit_in_bytes") == limit || number_in("memory.max") == limit));
    const std::string with_swap = number_in("memory.memsw.limit_in_bytes");
    CHECK((with_swap == limit || with_swap == "none"));  // kernels without swap accounting have none
    const std::string swap = number_in("memory.swap.max");
    CHECK((swap == "0" || swap == "none"));
  }
  SECTION("memory: the kernel kills, and says so") {
    const auto watch = os::watch_oom(group->folders);
    REQUIRE(watch);
    os::Poller poller;
    REQUIRE((watch->is_priority ? poller.add_priority(watch->event, 7) : poller.add(watch->event, 7)).ok());
    CHECK(os::count_oom_kills(group->folders) == 0);
    const int pid =
        start_in(*group, "exec head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null; exit 3");
    CHECK(poller.wait(seconds(20)) == std::vector<uint64_t>{7});
    watch->acknowledge();
    end_of(pid);
    CHECK(os::count_oom_kills(group->folders) > 0);
    // The kernel puts a notice off that comes within 10 ms of another: one may be on its way still.
    watch->acknowledge();
    for (int late = 0; late < 10 && !poller.wait(milliseconds(50)).empty(); ++late) watch->acknowledge();
    CHECK(poller.wait(milliseconds(50)).empty());
  }
  SECTION("pids: a fork bomb stays small and dies at once") {
    const int pid =
        start_in(*group, "b() { b | b & }; trap '' TERM; b; while :; do b; sleep 0.01; done 2>/dev/null");
    const Duration deadline = SystemClock().monotonic() + seconds(20);
    while (os::usage_of_cgroup(group->folders).forks_refused == 0 && SystemClock().monotonic() < deadline) {
    }
    const os::CgroupUsage usage = os::usage_of_cgroup(group->folders);
    CHECK(usage.forks_refused > 0);
    CHECK(usage.pids <= 8);
    CHECK(os::kill_cgroup(group->processes, seconds(5)));
    CHECK(end_of(pid).signal == SIGKILL);
    CHECK(os::is_cgroup_empty(group->processes));
  }
  SECTION("CPU: no more than the cap") {
    const Duration begin = SystemClock().monotonic();
    end_of(start_in(*group, "exec timeout 0.7 bash -c 'while :; do :; done'"));
    const Duration took = SystemClock().monotonic() - begin;
    const os::CgroupUsage usage = os::usage_of_cgroup(group->folders);
    const Duration used = usage.user_time + usage.system_time;
    CHECK(used > Duration{});
    CHECK(used.ms <= took.ms / 2 + 100);
    CHECK((number_in("cpu.cfs_quota_us") == "50000" || number_in("cpu.max") == "50000 100000"));
    // Whether it came up to its cap, and had to wait, is the machine's to say: one that is busy has less for it.
    CHECK(os::find_cgroup_files(group->folders).throttle >= 0);
  }
  CHECK(groups.remove("task", seconds(5)));
  CHECK(groups.list().empty());
  CHECK(groups.remove("task", seconds(5)));
  CHECK(os::kill_cgroup(group->processes, seconds(1)));
}

TEST_CASE("a group goes with who is in it and with what is empty above it, in every hierarchy") {
  const std::string parent = "/aurora-alone-" + std::to_string(os::own_pid());
  const os::Cgroups groups = os::Cgroups::open(parent + "/x", 1);
  const auto group = groups.make("task", {});
  REQUIRE(group.ok());
  if (group->folders.empty()) return;  // not here, or not for us
  const int pid = start_in(*group, "exec sleep 1000");
  CHECK(os::remove_cgroup(group->folders, seconds(10)) == (group->processes.empty() ? false : true));
  os::send_signal(pid, SIGKILL);
  CHECK(end_of(pid).signal == SIGKILL);
  CHECK(os::remove_cgroup(group->folders, seconds(10)));
  CHECK(os::remove_cgroup(group->folders, {}));  // nothing to remove
  for (const std::string& mount : os::list_names("/sys/fs/cgroup")) {
    CAPTURE(mount);
    CHECK_FALSE(os::exists("/sys/fs/cgroup/" + mount + parent));
  }
  CHECK_FALSE(os::exists("/sys/fs/cgroup" + parent));
}

TEST_CASE("I/O is weighed where a disk heeds it, and where none does that is said") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/mountinfo";
  const std::string v1 = folder.path() + "/v1";
  REQUIRE(os::make_folders(v1).ok());
  REQUIRE(os::write_file(path, "30 21 0:30 / " + v1 + " rw - cgroup cgroup rw,blkio\n").ok());
  const auto schedule = [&](const std::string& disk, const std::string& text) {
    REQUIRE(os::make_folders(folder.path() + "/block/" + disk + "/queue").ok());
    REQUIRE(os::write_file(folder.path() + "/block/" + disk + "/queue/scheduler", text + "\n").ok());
  };
  const auto open = [&] {
    return os::Cgroups::open("/aurora", 1, {.mountinfo = path, .block_folder = folder.path() + "/block"});
  };
  schedule("sda", "[none] mq-deadline bfq");
  CHECK(open().io().why_not.starts_with("no disk of this machine heeds weights"));
  CHECK_FALSE(os::exists(v1 + "/aurora"));
  schedule("sdb", "none mq-deadline [bfq]");
  const os::Cgroups groups = open();
  CHECK(groups.io().how == "cgroup v1");
  // As many hundredths as cores, at most 1,000; the entry is the kernel's, so here it is there before.
  for (const auto& [task, cpus, weight] :
       {std::tuple("t", 2.5, "250"), std::tuple("u", 64.0, "1000"), std::tuple("v", 0.0, "1")}) {
    const std::string group = v1 + "/aurora/" + task;
    REQUIRE(os::make_folders(group).ok());
    REQUIRE(os::write_file(group + "/blkio.bfq.weight", "    ").ok());
    REQUIRE(groups.make(task, {.cpus = cpus}).ok());
    CHECK(os::read_file(group + "/blkio.bfq.weight")->starts_with(weight));
  }
}

TEST_CASE("a parent that is an entry of the kernel is no parent") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/mountinfo";
  REQUIRE(os::make_folders(folder.path() + "/v1").ok());
  REQUIRE(os::write_file(folder.path() + "/v1/tasks", "").ok());
  REQUIRE(os::write_file(path, "30 21 0:30 / " + folder.path() + "/v1 rw - cgroup cgroup rw,memory\n").ok());
  CHECK(os::Cgroups::open("/tasks/a", 1, {.mountinfo = path}).memory().why_not ==
        folder.path() + "/v1/tasks is an entry of the kernel and no group: choose another --cgroup_parent");
}

TEST_CASE("what a group counts is found once, whatever its hierarchies") {
  const test::TempFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    const std::string file = folder.path() + "/" + name;
    REQUIRE(os::make_folders(file.substr(0, file.rfind('/'))).ok());
    REQUIRE(os::write_file(file, text + "\n").ok());
  };
  const std::vector<std::string> folders{folder.path() + "/v2", folder.path() + "/cpu",
                                         folder.path() + "/rest"};
  CHECK(os::usage_of_cgroup(folders).pids == 0);
  write("v2/cpu.stat", "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000");
  write("cpu/cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 7000000");
  write("rest/cpuacct.usage_user", "99000000");
  write("rest/memory.stat", "rss 1\ntotal_rss 2048");
  write("rest/memory.usage_in_bytes", "4096");
  write("rest/memory.limit_in_bytes", "8192");
  write("rest/pids.current", "3");
  write("rest/pids.max", "max");
  write("rest/pids.events", "max 2");
  const os::CgroupFiles files = os::find_cgroup_files(folders);
  CHECK(files.cpu == 0);
  CHECK(files.throttle == 1);
  CHECK(files.memory == 2);
  CHECK(files.pids == 2);
  const os::CgroupUsage usage = os::usage_of_cgroup(folders, files);
  CHECK(usage.user_time == milliseconds(3));
  CHECK(usage.system_time == milliseconds(2));
  CHECK(usage.throttled_time == milliseconds(7));
  CHECK(usage.resident_bytes == 2048);
  CHECK(usage.memory_bytes == 4096);
  CHECK(usage.memory_limit_bytes == 8192);
  CHECK(usage.pids == 3);
  CHECK(usage.pids_limit == 0);
  CHECK(usage.forks_refused == 2);
  write("v2/cpu.stat", "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nthrottled_usec 4000");
  write("v2/memory.stat", "anon 512");
  write("v2/memory.current", "1024");
  write("v2/memory.max", "max");
  const os::CgroupUsage unified = os::usage_of_cgroup({folders[0]});
  CHECK(unified.throttled_time == milliseconds(4));
  CHECK(unified.resident_bytes == 512);
  CHECK(unified.memory_limit_bytes == 0);
}
