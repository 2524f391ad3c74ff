// create, kill, restart and add instances: answers, refusals, audit messages.
#include <catch2/catch.hpp>

#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;
using test::text_of;

namespace {

const JobKey kJob = test::a_key();

void start_update(Decider& decider) {
  JobUpdate update;
  update.key = {kJob, UpdateId("u1")};
  update.events = {{UpdateStatus::RollForwardPaused, decider.clock.now(), {}, {}}};
  decider.apply({UpdateSaved{update}});
}

std::string last_message(const Task& task) { return task.events.back().message.value_or("-"); }

void fill(Decider& decider, std::vector<TaskStatus> statuses) {
  for (size_t i = 0; i < statuses.size(); ++i) {
    decider.add(test::a_task({.status = statuses[i], .instance = static_cast<int32_t>(i)}));
  }
}

}  // namespace

TEST_CASE("a message that would be stored with every task has a limit") {
  Decider decider;
  KillTasks kill{.job = kJob, .instances = {}, .message = std::string(1024, 'x'), .user = "u"};
  CHECK(decider.run(kill).ok());
  kill.message += 'x';
  CHECK(text_of(decider.run(kill)) ==
        "The message of the kill is 1025 characters long; at most 1024 are kept.");
}

TEST_CASE("create inserts every instance as pending") {
  Decider decider;
  const auto created = decider.run(CreateJob{test::a_job("www/prod/web", 3), "UNSECURE"});
  CHECK(text_of(created) == "3 new tasks pending for job www/prod/web");
  CHECK(std::get<Message>(created->answer).count == 3);
  CHECK(decider.cluster.task_count(TaskStatus::Pending) == 3);
  CHECK(decider.cluster.list_active(kJob).back()->instance_id == 2);
}

TEST_CASE("create is refused for what exists, is being updated, is too large or a cron job") {
  Decider decider;
  JobConfiguration cron = test::a_job();
  cron.cron_schedule = "";
  CHECK(text_of(decider.run(CreateJob{cron, "u"})) ==
        "Cron jobs may only be created/updated by calling scheduleCronJob.");
  CHECK(text_of(decider.run(CreateJob{test::a_job("www/prod/web", 4001), "u"})) ==
        "Instance count must be between 1 and 4000 inclusive.");
  CHECK(text_of(decider.run(CreateJob{test::a_job("www/qa/web"), "u"})).starts_with("Job environment qa"));
  REQUIRE(decider.run(CreateJob{test::a_job(), "u"}).ok());
  const auto again = decider.run(CreateJob{test::a_job(), "u"});
  CHECK(text_of(again) == "Job www/prod/web already exists");
  CHECK(again.error().code == ErrorCode::AlreadyExists);
  start_update(decider);
  const auto updating = decider.run(CreateJob{test::a_job(), "u"});
  CHECK(text_of(updating) == "Job is currently updating");
  CHECK(updating.error().code == ErrorCode::FailedPrecondition);
}

TEST_CASE("a job whose tasks are all over can be created again") {
  Decider decider;
  fill(decider, {TaskStatus::Finished, TaskStatus::Killed});
  CHECK(decider.run(CreateJob{test::a_job(), "u"}).ok());
}

TEST_CASE("kill ends what runs, deletes what waits, and counts only what it changed") {
  Decider decider;
  fill(decider, {TaskStatus::Running, TaskStatus::Pending, TaskStatus::Killing, TaskStatus::Finished});
  const auto killed = decider.run(KillTasks{kJob, {}, "", "UNSECURE"});
  CHECK(text_of(killed) == "Tasks killed.");
  CHECK(std::get<Message>(killed->answer).count == 2);
  CHECK(decider.cluster.task_count(TaskStatus::Killing) == 2);
  CHECK(decider.cluster.task_count(TaskStatus::Pending) == 0);
  CHECK(last_message(*decider.cluster.find_active({kJob, 0})) == "Killed by UNSECURE");
  CHECK(decider.effects.size() == 1);
  CHECK(text_of(decider.run(KillTasks{kJob, {}, "", "UNSECURE"})) == "No tasks to kill.");
}

TEST_CASE("kill takes instances and a reason") {
  Decider decider;
  fill(decider, {TaskStatus::Running, TaskStatus::Running});
  CHECK(text_of(decider.run(KillTasks{kJob, {1, 7, -1}, "too slow", "ann"})) == "Tasks killed.");
  CHECK(decider.cluster.find_active({kJob, 0})->status == TaskStatus::Running);
  CHECK(last_message(*decider.cluster.find_active({kJob, 1})) == "Killed by ann.\ntoo slow");
}

TEST_CASE("there is nothing to kill of a job that never was") {
  Decider decider;
  CHECK(text_of(decider.run(KillTasks{test::a_key("www/prod/none"), {}, "", "u"})) == "No tasks to kill.");
}

TEST_CASE("restart moves every instance or none") {
  Decider decider;
  fill(decider, {TaskStatus::Running, TaskStatus::Pending, TaskStatus::Finished});
  CHECK(text_of(decider.run(RestartTasks{kJob, {}, "ann"})) ==
        "At least one instance to restart must be given.");
  CHECK(text_of(decider.run(RestartTasks{kJob, {0, 2}, "ann"})) == "Not all requested shards are active.");
  CHECK(decider.cluster.task_count(TaskStatus::Restarting) == 0);
  const auto restarted = decider.run(RestartTasks{kJob, {0, 1}, "ann"});
  CHECK(std::get<Message>(restarted->answer).count == 1);
  CHECK(last_message(*decider.cluster.find_active({kJob, 0})) == "Restarted by ann");
  CHECK(decider.cluster.find_active({kJob, 1})->status == TaskStatus::Pending);
}

TEST_CASE("added instances follow the highest one and never fill gaps") {
  Decider decider;
  decider.add(test::a_task({.status = TaskStatus::Running, .instance = 0}));
  decider.add(test::a_task({.status = TaskStatus::Running, .instance = 5}));
  decider.add(test::a_task({.status = TaskStatus::Finished, .instance = 9}));
  const auto added = decider.run(AddInstances{{kJob, 0}, 2, "u"});
  CHECK(text_of(added) == "2 new tasks pending for job www/prod/web");
  std::vector<int32_t> instances;
  for (const Task* task : decider.cluster.list_active(kJob)) instances.push_back(task->instance_id);
  CHECK(instances == std::vector<int32_t>{0, 5, 6, 7});
  CHECK(decider.cluster.find_active({kJob, 7})->config == decider.cluster.find_active({kJob, 0})->config);
}

TEST_CASE("instances are not added to nothing, by nothing, or beyond the limit") {
  Decider decider;
  CHECK(text_of(decider.run(AddInstances{{kJob, 0}, 1, "u"})) ==
        "No active task found for a given instance ID.");
  fill(decider, {TaskStatus::Running});
  CHECK(text_of(decider.run(AddInstances{{kJob, 0}, 0, "u"})) == "Instance count must be positive.");
  CHECK(text_of(decider.run(AddInstances{{kJob, 0}, 4000, "u"})) ==
        "Instance count must be between 1 and 4000 inclusive.");
  decider.add(test::a_task({.status = TaskStatus::Running, .instance = 2147483646}));
  CHECK(text_of(decider.run(AddInstances{{kJob, 0}, 2, "u"})).starts_with("Instance 2147483648 of job"));
  CHECK(decider.run(AddInstances{{kJob, 0}, 1, "u"}).ok());
}

TEST_CASE("while a job is updated only the update may change it") {
  Decider decider;
  fill(decider, {TaskStatus::Running});
  start_update(decider);
  CHECK(text_of(decider.run(KillTasks{kJob, {}, "", "u"})) == "Job is currently updating");
  CHECK(text_of(decider.run(RestartTasks{kJob, {0}, "u"})) == "Job is currently updating");
  CHECK(text_of(decider.run(AddInstances{{kJob, 0}, 1, "u"})) == "Job is currently updating");
}
