// Cron jobs: scheduled, followed, started, descheduled (spec/scheduler.md §10).
#include <catch2/catch.hpp>

#include "aurora/core/summary/cron_summary.h"
#include "aurora/core/summary/job_summary.h"
#include "support/decider.h"
#include "support/table_zone.h"

namespace aurora::core {
namespace {

constexpr Instant kNoon{1'777'636'800'000};  // 2026-05-01T12:00:00Z, a Friday

JobConfiguration a_cron_job(const std::string& schedule = "*/10 * * * *", int32_t instances = 2) {
  JobConfiguration job = test::a_job("www/prod/nightly", instances);
  job.cron_schedule = schedule;
  return job;
}

// A scheduler with its timers: commands, and what is due when time passes.
struct Bench : test::Decider {
  Bench() {
    clock.set_wall_clock(kNoon);
    settings.cron.zones = std::make_shared<test::OneZone>("Europe/Berlin", test::berlin());
  }

  const JobKey key = test::a_key("www/prod/nightly");
  std::vector<Timer> timers;  // of cron jobs
  std::map<std::string, int64_t> counts;

  template <typename Command>
  std::string ask(const Command& command) {
    const Result<Decided> decision = run(command);
    if (decision.ok()) observe(*decision);
    return test::text_of(decision);
  }
  void observe(const Decided& decision) {
    for (const auto& [name, count] : decision.counts) counts[std::string(name)] += count;
    for (const Change& change : decision.changes) {
      const TimerChanges changes = timers_for(cluster, change, context());
      for (const TimerSubject& subject : changes.over)
        std::erase_if(timers, [&](const Timer& timer) { return subject_of(timer.command) == subject; });
      for (const Timer& timer : changes.set) {
        if (std::holds_alternative<FollowCron>(timer.command)) timers.push_back(timer);
      }
    }
  }
  std::string schedule(const JobConfiguration& job = a_cron_job()) { return ask(ScheduleCronJob{job, "ann"}); }

  // What is due until then happens, each at its moment.
  void pass(Duration duration) {
    const Instant end = clock.now() + duration;
    for (auto due = next(); due && *due <= end; due = next()) {
      clock.set_wall_clock(std::max(*due, clock.now()));
      const auto timer = std::ranges::min_element(timers, {}, &Timer::due);
      const FollowCron command = std::get<FollowCron>(timer->command);
      timers.erase(timer);
      ask(command);
      REQUIRE(timers.size() <= 1);
    }
    clock.set_wall_clock(end);
  }
  std::optional<Instant> next() const {
    if (timers.empty()) return std::nullopt;
    return std::ranges::min(timers, {}, &Timer::due).due;
  }
  // Nobody is there for so long; then a scheduler starts.
  void be_away(Duration duration) {
    clock.set_wall_clock(clock.now() + duration);
    timers.clear();
    for (const Timer& timer : timers_after_restart(cluster, context())) {
      if (std::holds_alternative<FollowCron>(timer.command)) timers.push_back(timer);
    }
    pass({});
  }

  void move_all(TaskStatus to) {
    for (const Task* task : cluster.list_active(key)) ask(ChangeTask{task->id, {}, {}, to, {}});
  }
  // "STARTED 12:10", oldest first; with who asked for it.
  std::vector<std::string> history() const {
    std::vector<std::string> lines;
    for (const CronRun& run : cluster.find_cron_progress(key)->runs) {
      lines.push_back(std::string(enum_name(run.outcome)) + " " + to_iso8601(run.due).substr(11, 5) +
                      (run.user.empty() ? "" : " by " + run.user));
    }
    return lines;
  }
  std::string last_message() const { return cluster.find_cron_progress(key)->runs.back().message; }
  size_t active() const { return cluster.list_active(key).size(); }
};
using History = std::vector<std::string>;

TEST_CASE("a cron job is scheduled, and makes its tasks at each moment") {
  Bench bench;
  CHECK(bench.schedule() == "Job www/prod/nightly is scheduled with cron; its next run is due at 2026-05-01T12:10:00.000Z");
  CHECK(bench.cluster.find_cron_job(bench.key)->user == "ann");
  CHECK(bench.next() == kNoon + minutes(10));  // not at noon, which is now
  bench.pass(minutes(10) - milliseconds(1));
  CHECK(bench.active() == 0);
  bench.pass(milliseconds(1));
  CHECK(bench.active() == 2);
  CHECK(bench.history() == History{"STARTED 12:10"});
  bench.move_all(TaskStatus::Deleted);
  CHECK(bench.counts["cron_job_triggers"] == 1);
  CHECK_FALSE(bench.cluster.check_invariants());
}

TEST_CASE("what a cron job is refused for, in this order") {
  Bench bench;
  const auto refused = [&](auto change) {
    JobConfiguration job = a_cron_job();
    change(job);
    return bench.schedule(job);
  };
  CHECK(refused([](auto& j) { j.task_config.is_service = true; }) ==
        "A service task may not be run on a cron schedule: www/prod/nightly");
  CHECK(refused([](auto& j) { j.cron_schedule.reset(); }) == "Job www/prod/nightly has no cron schedule");
  CHECK(refused([](auto& j) { j.instance_count = 4001; }) == "Instance count must be between 1 and 4000 inclusive.");
  CHECK_THAT(refused([](auto& j) { j.task_config.tier = "preferred"; }),
             Catch::StartsWith("Insufficient resource quota: CPU quota exceeded by 2.00 core(s); RAM"));
  CHECK(refused([](auto& j) { j.cron_schedule = ""; }) == "Job has an empty cron schedule.");
  CHECK(refused([](auto& j) { j.cron_schedule = "61 * * * *"; }) == "Invalid cron schedule: 61 * * * *");
  CHECK(refused([](auto& j) { j.cron_time_zone = "Europe/Berln"; }) ==
        "There is no time zone 'Europe/Berln'; use a name such as Europe/Berlin, America/New_York or GMT");
  CHECK(refused([](auto& j) { j.cron_collision_policy = CronCollisionPolicy::RunOverlap; }) ==
        "The RUN_OVERLAP collision policy has been removed (AURORA-38).");
  CHECK(bench.cluster.list_cron_jobs().empty());
  const auto decision = bench.run(ScheduleCronJob{a_cron_job("61 * * * *"), "ann"});
  CHECK(decision.error().details.front().starts_with("minute is '61'; it must be 0 to 59"));
}

TEST_CASE("a job that runs is no cron job, and a cron job is no other") {
  Bench bench;
  JobConfiguration plain = a_cron_job();
  plain.cron_schedule.reset();
  bench.ask(CreateJob{plain, "ann"});
  CHECK(bench.schedule() == "Job www/prod/nightly already exists");
  bench.ask(KillTasks{bench.key, {}, "", "ann"});
  CHECK(bench.schedule().starts_with("Job www/prod/nightly is scheduled"));
  CHECK(bench.ask(CreateJob{plain, "ann"}) == "Job www/prod/nightly already exists");
  bench.ask(StartCronJob{bench.key, "ann"});
  CHECK(bench.ask(AddInstances{{bench.key, 0}, 1, "ann"}) == "Instances may not be added to cron jobs.");
  JobUpdateRequest update;
  update.task_config = test::a_service("www/prod/nightly");
  update.instance_count = 1;
  update.settings.update_strategy = QueueStrategy{1};
  CHECK(bench.ask(StartUpdate{update, "", "ann"}) ==
        "Cron jobs may only be created/updated by calling scheduleCronJob.");
}

TEST_CASE("a job whose tasks have ended may become a cron job") {
  Bench bench;
  bench.add(test::a_task({.status = TaskStatus::Finished, .config = a_cron_job().task_config}));
  REQUIRE(bench.cluster.list_job_tasks(bench.key).size() == 1);
  CHECK(bench.schedule().starts_with("Job www/prod/nightly is scheduled"));
}

TEST_CASE("the template of a cron job is replaced, its history stays, and what runs goes on") {
  Bench bench;
  CHECK(bench.ask(ReplaceCronTemplate{a_cron_job(), "bob"}) == "No cron job found for www/prod/nightly.");
  bench.schedule();
  bench.pass(minutes(10));
  JobConfiguration other = a_cron_job("5 * * * *", 3);
  other.cron_time_zone = "Europe/Berlin";
  CHECK(bench.ask(ReplaceCronTemplate{other, "bob"}) ==
        "Job www/prod/nightly is scheduled with cron; its next run is due at 2026-05-01T13:05:00.000Z");
  CHECK(bench.active() == 2);
  CHECK(bench.history() == History{"STARTED 12:10"});
  CHECK(bench.cluster.find_cron_job(bench.key)->user == "bob");
  bench.pass(minutes(50));
  CHECK(bench.history() == History{"STARTED 12:10"});
  CHECK(bench.next() == kNoon + minutes(65));
}

TEST_CASE("a moment that has come when its template is replaced runs by the old one") {
  Bench bench;
  bench.schedule();
  bench.clock.set_wall_clock(kNoon + minutes(10) + milliseconds(3));  // its timer would be next
  bench.schedule(a_cron_job("*/5 * * * *", 3));
  CHECK(bench.active() == 2);
  CHECK(bench.history() == History{"STARTED 12:10"});
  CHECK(bench.next() == kNoon + minutes(15));
}

TEST_CASE("a cron job that is descheduled runs no more; its tasks do") {
  Bench bench;
  CHECK(bench.ask(DescheduleCronJob{bench.key}) == "Job www/prod/nightly is not scheduled with cron");
  bench.schedule();
  bench.pass(minutes(10));
  CHECK(bench.ask(DescheduleCronJob{bench.key}) == "Job www/prod/nightly is no longer scheduled with cron");
  CHECK(bench.timers.empty());
  CHECK(bench.active() == 2);
  CHECK(bench.cluster.find_cron_progress(bench.key) == nullptr);
  CHECK(bench.ask(StartCronJob{bench.key, "ann"}) ==
        "Failed to start cron job - No cron job found for www/prod/nightly.");
  CHECK_FALSE(bench.cluster.check_invariants());
}

struct Busy : Bench {  // with a task of the job that runs
  explicit Busy(CronCollisionPolicy policy, const std::string& schedule = "0 * * * *") {
    JobConfiguration job = a_cron_job(schedule, 1);
    Bench::schedule(job);
    job.cron_collision_policy = policy;  // a stored one may have any
    cluster.apply(CronJobSaved{CronJob{job, "ann", clock.now()}});
    add(test::a_task({TaskStatus::Running, 0, job.task_config}));
  }
};

TEST_CASE("KILL_EXISTING ends the tasks in the way, looks for their end less and less often, and begins then") {
  Busy bench(CronCollisionPolicy::KillExisting);
  bench.pass(hours(1));
  const Task before = *bench.cluster.list_active(bench.key).front();
  CHECK(before.status == TaskStatus::Killing);
  CHECK(before.events.back().message == "Killed by cronScheduler");
  CHECK(bench.history() == History{"WAITING 13:00"});
  CHECK(bench.last_message() == "1 task of the run before must end first");
  std::vector<int64_t> looks;
  for (int i = 0; i < 6; ++i) {
    looks.push_back((*bench.next() - bench.clock.now()).ms / 1000);
    bench.pass(*bench.next() - bench.clock.now());
  }
  CHECK(looks == std::vector<int64_t>{5, 10, 20, 40, 60, 60});
  bench.move_all(TaskStatus::Killed);
  CHECK(bench.active() == 0);
  bench.pass(minutes(1));
  CHECK(bench.active() == 1);
  CHECK(bench.cluster.list_active(bench.key).front()->id != before.id);
  CHECK(bench.history() == History{"STARTED 13:00"});
  CHECK(bench.last_message() == "it waited 255 s for the tasks of the run before to end");
  CHECK(bench.counts["cron_job_collisions"] == 1);
  CHECK(bench.next() == kNoon + hours(2));
}

TEST_CASE("a task of the job that turns up while a run waits is ended, too") {
  Busy bench(CronCollisionPolicy::KillExisting);
  bench.pass(hours(1));
  bench.add(test::a_task({TaskStatus::Running, 7, a_cron_job().task_config}));  // its host had it, and it was adopted
  bench.pass(seconds(5));
  CHECK(bench.cluster.find_active({bench.key, 7})->status == TaskStatus::Killing);
  bench.move_all(TaskStatus::Killed);
  bench.pass(minutes(1));
  CHECK(bench.history() == History{"STARTED 13:00"});
}

TEST_CASE("CANCEL_NEW begins nothing while a task is active; neither does a stored RUN_OVERLAP") {
  for (const auto policy : {CronCollisionPolicy::CancelNew, CronCollisionPolicy::RunOverlap}) {
    Busy bench(policy);
    bench.pass(hours(1));
    CHECK(bench.history() == History{"CANCELLED 13:00"});
    CHECK(bench.last_message() == "1 task of the run before had not ended");
    CHECK(bench.cluster.list_active(bench.key).front()->status == TaskStatus::Running);
    CHECK(bench.ask(StartCronJob{bench.key, "bob"}) ==
          "Job www/prod/nightly begins no new run: 1 task of the run before had not ended");
    bench.move_all(TaskStatus::Finished);
    bench.pass(hours(1));
    CHECK(bench.history() == History{"CANCELLED 13:00", "CANCELLED 13:00 by bob", "STARTED 14:00"});
  }
}

TEST_CASE("while a run waits others are ignored") {
  Busy bench(CronCollisionPolicy::KillExisting, "* * * * *");
  bench.pass(minutes(2));
  CHECK(bench.history() == History{"WAITING 12:01", "IGNORED 12:02"});
  CHECK(bench.ask(StartCronJob{bench.key, "bob"}) ==
        "Job www/prod/nightly begins no new run: the run before it still waited for the tasks of an earlier one to end");
  CHECK(bench.counts["cron_job_concurrent_runs"] == 2);
  bench.ask(DescheduleCronJob{bench.key});  // nothing begins any more
  bench.move_all(TaskStatus::Killed);
  bench.pass(hours(1));
  CHECK(bench.active() == 0);
}

TEST_CASE("a user starts a run now, and the schedule goes on") {
  Bench bench;
  bench.schedule();
  bench.pass(minutes(3));
  CHECK(bench.ask(StartCronJob{bench.key, "bob"}) == "2 new tasks pending for job www/prod/nightly");
  CHECK(bench.history() == History{"STARTED 12:03 by bob"});
  CHECK(bench.next() == kNoon + minutes(10));
  bench.pass(minutes(7));
  CHECK(bench.history() == History{"STARTED 12:03 by bob", "WAITING 12:10"});
  CHECK(bench.active() == 0);  // they were pending
  bench.pass(seconds(5));
  CHECK(bench.active() == 2);
}

TEST_CASE("the last twenty runs are remembered") {
  Bench bench;
  bench.schedule(a_cron_job("* * * * *", 1));
  for (int i = 0; i < 30; ++i) {
    bench.pass(minutes(1));
    bench.ask(KillTasks{bench.key, {}, "", "ann"});
  }
  CHECK(bench.history().size() == 20);
  CHECK(bench.history().front() == "STARTED 12:11");
  CHECK(bench.history().back() == "STARTED 12:30");
}

TEST_CASE("moments that passed while no scheduler ran are missed, and told once") {
  Bench bench;
  bench.schedule();
  bench.be_away(minutes(38));
  CHECK(bench.active() == 0);
  CHECK(bench.history() == History{"MISSED 12:10"});
  CHECK(bench.last_message() == "no scheduler ran then and later: 3 runs were missed");
  CHECK(bench.counts["cron_job_missed_runs"] == 3);
  bench.be_away(minutes(1));
  CHECK(bench.history() == History{"MISSED 12:10"});
  bench.pass(minutes(1));
  CHECK(bench.history() == History{"MISSED 12:10", "STARTED 12:40"});
  bench.ask(KillTasks{bench.key, {}, "", "ann"});
  bench.be_away(minutes(12));
  CHECK(bench.last_message() == "no scheduler ran then");
}

TEST_CASE("a long absence costs little: moments are counted up to a bound") {
  Bench bench;
  bench.schedule(a_cron_job("* * * * *"));
  bench.be_away(hours(24 * 365) + seconds(90));
  // The last of them is not too late.
  CHECK(bench.history() == History{"MISSED 12:01", "STARTED 12:01"});
  CHECK(bench.cluster.find_cron_progress(bench.key)->runs.front().message ==
        "no scheduler ran then and later: 100 or more runs were missed");
}

TEST_CASE("a moment that a restart is late for by a minute at most runs, once") {
  for (const auto& [late, line] : {std::pair(seconds(2), "STARTED 12:10"), std::pair(seconds(59), "STARTED 12:10"),
                                   std::pair(seconds(61), "MISSED 12:10")}) {
    Bench bench;
    bench.schedule();
    bench.pass(minutes(9));
    bench.be_away(minutes(1) + late);
    CHECK(bench.history() == History{line});
    bench.be_away(seconds(1));
    CHECK(bench.history() == History{line});
  }
}

TEST_CASE("a run that waits survives a restart") {
  Busy bench(CronCollisionPolicy::KillExisting);
  bench.pass(hours(1));
  bench.be_away(minutes(5));
  bench.move_all(TaskStatus::Killed);
  bench.pass(minutes(1));
  CHECK(bench.history() == History{"STARTED 13:00"});
  CHECK(bench.active() == 1);
}

TEST_CASE("a clock that is set back repeats nothing within the hour, and is followed when it was wrong by more") {
  Bench bench;
  bench.schedule();
  bench.pass(minutes(10));
  bench.ask(KillTasks{bench.key, {}, "", "ann"});
  bench.be_away(minutes(-3));  // 12:07
  bench.pass(minutes(5));
  CHECK(bench.history() == History{"STARTED 12:10"});
  bench.be_away(minutes(-3));
  bench.schedule();  // the same, once more
  bench.pass(minutes(3));
  CHECK(bench.history() == History{"STARTED 12:10"});
  bench.be_away(hours(-24 * 300));
  bench.pass(minutes(10));
  CHECK(bench.history() == History{"STARTED 12:10", "STARTED 12:20"});
}

TEST_CASE("a job whose zone is gone says so once, and runs again when it is back") {
  Bench bench;
  JobConfiguration job = a_cron_job();
  job.cron_time_zone = "Europe/Berlin";
  bench.schedule(job);
  const auto zones = std::exchange(bench.settings.cron.zones, utc_alone());
  bench.be_away(minutes(1));
  bench.be_away(minutes(1));
  CHECK(bench.history() == History{"FAILED 12:01"});
  CHECK(bench.last_message().starts_with("There is no time zone 'Europe/Berlin'"));
  CHECK(bench.counts["cron_job_launch_failures"] == 2);
  const CronSummary summary = summary_of(bench.cluster, *bench.cluster.find_cron_job(bench.key), 5,
                                         bench.settings.cron, bench.clock.now());
  CHECK(summary.problem.starts_with("There is no time zone 'Europe/Berlin'"));
  CHECK(summary.next_runs.empty());
  bench.settings.cron.zones = zones;
  bench.be_away(minutes(1));
  bench.pass(minutes(7));
  CHECK(bench.history() == History{"FAILED 12:01", "STARTED 12:10"});
}

TEST_CASE("an update that is active keeps a cron job from being made, changed and taken away") {
  Bench bench;
  JobUpdate update;
  update.key = {bench.key, UpdateId("u1")};
  bench.cluster.apply(UpdateSaved{update});
  bench.cluster.apply(UpdateEventAdded{update.key, 0, {UpdateStatus::RollForwardPaused, kNoon, "ann", ""}});
  CHECK(bench.schedule() == "Job is currently updating");
  CHECK(bench.ask(ReplaceCronTemplate{a_cron_job(), "ann"}) == "Job is currently updating");
  CHECK(bench.ask(DescheduleCronJob{bench.key}) == "Job is currently updating");
}

TEST_CASE("kill leaves the template, and lists show a cron job without tasks") {
  Bench bench;
  bench.schedule();
  const auto summary = [&] { return *find_job_summary(bench.cluster, bench.key, bench.clock.now(), bench.settings.cron); };
  CHECK(summary().job_type == "cron");
  CHECK(summary().instance_count == 2);
  CHECK(summary().cron_schedule == "*/10 * * * *");
  CHECK(summary().next_cron_run == kNoon + minutes(10));
  CHECK(bench.cluster.list_jobs() == std::vector<JobKey>{bench.key});
  const RoleCounts role = bench.cluster.list_role_page({0, 10}).roles.front();
  CHECK(std::tuple(role.role, role.jobs, role.crons) == std::tuple("www", 0, 1));
  bench.pass(minutes(10));
  CHECK(bench.cluster.list_role_page({0, 10}).roles.front().jobs == 1);
  bench.ask(KillTasks{bench.key, {}, "", "ann"});
  CHECK(bench.active() == 0);
  CHECK(bench.cluster.list_job_page("www", {0, 10}).total == 1);
  CHECK(bench.cluster.find_cron_job(bench.key) != nullptr);
  bench.ask(DescheduleCronJob{bench.key});
  CHECK(bench.cluster.list_jobs().empty());
  CHECK(bench.cluster.list_roles().empty());
}

TEST_CASE("pages of cron jobs, of all roles and of one") {
  Bench bench;
  for (const char* name : {"a/prod/x", "b/prod/x", "b/prod/y", "b/prod/z", "c/prod/x"}) {
    JobConfiguration job = test::a_job(name);
    job.cron_schedule = "0 0 * * *";
    bench.ask(ScheduleCronJob{job, "ann"});
  }
  const auto names = [&](const std::string& role, const Window& window) {
    std::vector<std::string> found;
    for (const CronJob* job : bench.cluster.list_cron_page(role, window).jobs) found.push_back(to_string(job->job.key));
    return found;
  };
  CHECK(names("", {1, 2}) == std::vector<std::string>{"b/prod/x", "b/prod/y"});
  CHECK(names("b", {1, 10}) == std::vector<std::string>{"b/prod/y", "b/prod/z"});
  CHECK(names("b", {0, 2, true}) == std::vector<std::string>{"b/prod/z", "b/prod/y"});
  CHECK(bench.cluster.list_cron_page("b", {7, 2}).total == 3);
  CHECK(names("b", {7, 2}).empty());
  CHECK(names("nobody", {0, 2}).empty());
}

TEST_CASE("a schedule in a zone is followed through both switches of its clocks") {
  Bench bench;
  bench.clock.set_wall_clock(Instant{1'774'699'200'000});  // 2026-03-28T12:00:00Z
  JobConfiguration job = a_cron_job("30 2 * * *", 1);
  job.cron_time_zone = "Europe/Berlin";
  bench.schedule(job);
  const auto pass_a_day = [&] {
    bench.pass(hours(24));
    bench.ask(KillTasks{bench.key, {}, "", "ann"});
  };
  for (int day = 0; day < 3; ++day) pass_a_day();
  CHECK(bench.history() == History{"STARTED 01:00", "STARTED 00:30", "STARTED 00:30"});
  while (bench.clock.now() < Instant{1'793'000'000'000}) pass_a_day();
  const History all = bench.history();
  CHECK(History(all.end() - 3, all.end()) == History{"STARTED 00:30", "STARTED 00:30", "STARTED 01:30"});
}

}  // namespace
}  // namespace aurora::core
