// What the events of tasks say (spec/scheduler.md §2.10), against tests/core/commands/golden/audit_messages.txt.
#include <catch2/catch.hpp>

#include <cctype>

#include "core/update/small_cluster.h"
#include "support/golden.h"

namespace aurora::core {
namespace {

const JobKey kJob = test::a_key();

TaskConfig a_config_of(const std::string& tier, double cpus) {
  TaskConfig config = test::a_service();
  config.tier = tier;
  config.resources.cpus = cpus;
  return config;
}

// Numbers of milliseconds and what was drawn as an id are not the original's.
std::string masked(std::string text) {
  constexpr size_t kUuidLength = 36;
  const auto is_uuid = [&](size_t at) {
    if (text.size() - at < kUuidLength) return false;
    for (size_t i = 0; i < kUuidLength; ++i) {
      const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (is_dash ? text[at + i] != '-' : std::isxdigit(static_cast<unsigned char>(text[at + i])) == 0) return false;
    }
    return true;
  };
  for (size_t at = 0; at < text.size(); ++at) {
    if (is_uuid(at)) text.replace(at, kUuidLength, "<id>");
  }
  if (const size_t begin = text.find("for "), end = text.find(" ms for"); end != std::string::npos)
    text.replace(begin + 4, end - begin - 4, "<n>");
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n')) text.replace(at, 1, "\\n");
  return text;
}

// A service of one instance that runs on h1, and what its events said then.
struct Site {
  explicit Site(const TaskConfig& config = a_config_of("preemptible", 1)) {
    REQUIRE(small.run(CreateJob{test::a_job_of(config, 1), "ann"}).ok());
    small.pass(minutes(1));
  }
  void move(TaskStatus to) {
    const Task* task = small.decider.cluster.find_active({kJob, 0});
    REQUIRE(task != nullptr);
    REQUIRE(small.run(ChangeTask{task->id, {}, {}, to, {}}).ok());
  }
  template <typename Command>
  void ask(const Command& command) {
    const auto answer = small.run(command);
    INFO((answer.ok() ? "" : answer.error().message));
    REQUIRE(answer.ok());
  }
  std::string told(const std::string& what) const {
    std::vector<const Task*> tasks = small.decider.cluster.list_job_tasks(kJob);
    std::ranges::stable_sort(tasks, {}, [](const Task* task) { return task->events.front().timestamp; });
    std::string text = what + "\n";
    for (const Task* task : tasks) {
      for (const TaskEvent& event : task->events) {
        if (event.message) text += "  " + std::string(enum_name(event.status)) + ": " + masked(*event.message) + "\n";
      }
    }
    return text;
  }

  test::SmallCluster small{1};
};

std::string by_users() {
  std::string text;
  {
    Site site;
    site.ask(KillTasks{kJob, {}, "", "ann"});
    text += site.told("a user kills");
  }
  {
    Site site;
    site.ask(KillTasks{kJob, {}, "too slow", "ann"});
    text += site.told("a user kills and says why");
  }
  {
    Site site;
    site.ask(RestartTasks{kJob, {0}, "ann"});
    text += site.told("a user restarts");
  }
  {
    Site site;
    JobUpdateRequest request;
    request.task_config = a_config_of("preemptible", 0.5);
    request.instance_count = 1;
    request.settings.update_group_size = 1;
    site.ask(StartUpdate{request, "", "ann"});
    text += site.told("an update replaces");
  }
  {
    Site site;
    site.ask(DrainHosts{{HostId("h1")}, {}, "ops"});
    text += site.told("a host is drained");
  }
  return text;
}

std::string by_itself() {
  std::string text;
  {
    Site site;
    site.move(TaskStatus::Failed);
    site.small.pass(seconds(1));
    site.move(TaskStatus::Failed);
    text += site.told("a service fails twice");
  }
  {
    Site site;
    const Instant now = site.small.decider.clock.now();
    site.small.decider.add(test::a_task({.status = TaskStatus::Restarting, .instance = 1, .config = test::a_service(), .at = now}));
    site.small.forget_timers();
    site.small.pass(minutes(5));
    text += site.told("a task takes too long to restart");
  }
  {
    Site site;
    site.move(TaskStatus::Partitioned);
    site.small.pass(minutes(1));
    text += site.told("a host is silent");
  }
  {
    TaskConfig patient = a_config_of("preemptible", 1);
    patient.partition_policy = PartitionPolicy{.reschedule = false};
    Site waits(patient);
    waits.move(TaskStatus::Partitioned);
    waits.ask(RestartTasks{kJob, {0}, "ann"});
    text += waits.told("a user restarts what is partitioned");
  }
  return text;
}

std::string by_others() {
  std::string text;
  {
    Site site(a_config_of("preemptible", 12));
    TaskConfig preferred = a_config_of("preferred", 12);
    preferred.job = test::a_key("www/prod/db");
    site.ask(CreateJob{test::a_job_of(preferred, 1), "ann"});
    site.small.decider.clock.advance(minutes(4));
    site.ask(PlaceTasks{.groups = {site.small.decider.cluster.find_active({preferred.job, 0})->config.hash()}});
    text += site.told("a production task needs the room");
  }
  {
    Site site;
    site.ask(KillTasks{kJob, {}, "", "ann"});
    site.small.pass(minutes(1));
    JobConfiguration cron = test::a_job();
    cron.task_config.is_service = false;
    cron.cron_schedule = "0 0 1 1 *";
    site.ask(ScheduleCronJob{cron, "ann"});
    site.ask(StartCronJob{kJob, "ann"});
    site.small.pass(seconds(1));
    site.ask(StartCronJob{kJob, "ann"});
    text += site.told("a cron job's next run is in the way of its last");
  }
  return text;
}

TEST_CASE("the messages of events are the original's, to the letter") {
  const std::string actual = by_users() + by_itself() + by_others();
  INFO(actual);
  CHECK(test::compare_golden("tests/core/commands/golden/audit_messages.txt", actual).matches);
}

}  // namespace
}  // namespace aurora::core
