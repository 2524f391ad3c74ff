// What transitions leave behind: records, replacements, kills and messages.
#include "aurora/core/lifecycle/task_lifecycle.h"

#include <catch2/catch.hpp>

#include "support/decider.h"
#include "support/record_after.h"

using namespace aurora;
using namespace aurora::core;
using test::Decider;
using test::TaskRecipe;

namespace {

// Lives for an hour after `recipe`, then moves.
struct Moved {
  Decider decider;
  Outcome outcome;
  std::vector<Task> saved;  // as they are afterwards, in order
  std::vector<TaskId> deleted;
};

std::unique_ptr<Moved> move(Task task, TaskStatus to, std::optional<std::string> message = std::nullopt,
                            std::optional<EndReason> reason = std::nullopt) {
  auto moved = std::make_unique<Moved>();
  Decider& decider = moved->decider;
  decider.clock.advance(hours(1));
  Decision decision;
  moved->outcome =
      transition(decider.cluster, decider.add(task), {to, std::move(message), std::move(reason)},
                 decider.context(), decision);
  for (const Change& change : decision.changes) {
    if (const auto after = test::find_record_after(decider.cluster, change)) moved->saved.push_back(*after);
    if (const auto* remove = std::get_if<TaskDeleted>(&change)) moved->deleted.push_back(remove->task_id);
  }
  decider.keep(decision);
  CHECK(decider.cluster.check_invariants().value_or("") == "");
  return moved;
}

std::string last_message(const Task& task) { return task.events.back().message.value_or(""); }

Task with_config(TaskStatus status, const std::function<void(TaskConfig&)>& edit) {
  TaskRecipe recipe;
  recipe.status = status;
  edit(recipe.config);
  return test::a_task(recipe);
}

}  // namespace

TEST_CASE("a legal move adds an event with time, message and scheduler") {
  const auto moved = move(test::a_task(TaskStatus::Starting), TaskStatus::Running, "healthy");
  CHECK(moved->outcome == Outcome::Success);
  REQUIRE(moved->saved.size() == 1);
  CHECK(moved->saved[0].status == TaskStatus::Running);
  CHECK(moved->saved[0].events.back() ==
        TaskEvent{moved->decider.clock.now(), TaskStatus::Running, "healthy", "scheduler"});
  CHECK(moved->decider.effects.empty());
}

TEST_CASE("a task is where it should be already: nothing happens") {
  for (const TaskStatus status : {TaskStatus::Pending, TaskStatus::Running, TaskStatus::Finished}) {
    const auto moved = move(test::a_task(status), status);
    CHECK(moved->outcome == Outcome::Noop);
    CHECK(moved->saved.empty());
    CHECK(moved->decider.effects.empty());
  }
}

TEST_CASE("an illegal move changes nothing; a run that should not be is killed") {
  const auto ignored = move(test::a_task(TaskStatus::Pending), TaskStatus::Lost);
  CHECK(ignored->outcome == Outcome::Illegal);
  CHECK(ignored->saved.empty());
  CHECK(ignored->decider.effects.empty());

  const auto orphan = move(test::a_task(TaskStatus::Failed), TaskStatus::Running);
  CHECK(orphan->outcome == Outcome::IllegalWithEffects);
  CHECK(orphan->saved.empty());
  REQUIRE(orphan->decider.effects.size() == 1);
  CHECK(host_of(orphan->decider.effects[0]) == HostId("h1"));
}

TEST_CASE("killing a task that waits leaves no record") {
  for (const TaskStatus status : {TaskStatus::Pending, TaskStatus::Throttled}) {
    const auto moved = move(test::a_task(status), TaskStatus::Killing, "Killed by UNSECURE");
    CHECK(moved->saved.empty());
    CHECK(moved->deleted.size() == 1);
    CHECK(moved->decider.effects.empty());
    CHECK(moved->decider.cluster.list_tasks({}).empty());
  }
}

TEST_CASE("a replacement is a new run of the same instance") {
  Task task = test::a_task(TaskStatus::Running);
  task.failure_count = 3;
  task.times_partitioned = 2;
  task.assigned_ports = {{"http", 31000}};
  const auto moved = move(task, TaskStatus::Lost);
  REQUIRE(moved->saved.size() == 2);
  const Task& replacement = moved->saved[1];
  CHECK(replacement.id != task.id);
  CHECK(replacement.ancestor_id == task.id);
  CHECK(replacement.instance() == task.instance());
  CHECK(replacement.config == task.config);
  CHECK(replacement.failure_count == 3);
  CHECK(replacement.times_partitioned == 0);
  CHECK(replacement.host.empty());
  CHECK(replacement.assigned_ports.empty());
  CHECK(replacement.status == TaskStatus::Pending);
  CHECK(last_message(replacement) == "Rescheduled");
}

TEST_CASE("who is rescheduled depends on how the task ended and what it is") {
  struct Case {
    TaskStatus from;
    TaskStatus to;
    bool service;
    bool batch;
  };
  using enum TaskStatus;
  const auto c = GENERATE(Case{Running, Finished, true, false}, Case{Partitioned, Finished, true, false},
                          Case{Running, Killed, true, true}, Case{Running, Lost, true, true},
                          Case{Restarting, Finished, true, true}, Case{Draining, Failed, true, true},
                          Case{Preempting, Killed, true, true}, Case{Restarting, Lost, true, true},
                          Case{Killing, Finished, false, false}, Case{Killing, Failed, false, false},
                          Case{Killing, Killed, false, false}, Case{Killing, Lost, false, false});
  CAPTURE(enum_name(c.from), enum_name(c.to));
  const auto service = move(with_config(c.from, [](auto& config) { config.is_service = true; }), c.to);
  const auto batch = move(with_config(c.from, [](auto&) {}), c.to);
  CHECK(service->saved.size() == (c.service ? 2 : 1));
  CHECK(batch->saved.size() == (c.batch ? 2 : 1));
}

TEST_CASE("a failure uses up one of max_task_failures") {
  struct Case {
    bool is_service;
    int32_t max;
    int32_t failures_before;
    bool replaced;
  };
  const auto c = GENERATE(Case{false, 1, 0, false}, Case{false, 2, 0, true}, Case{false, 2, 1, false},
                          Case{false, 0, 0, false}, Case{false, -1, 1000, true}, Case{true, 1, 5, true});
  Task task = with_config(TaskStatus::Running, [&](auto& config) {
    config.is_service = c.is_service;
    config.max_task_failures = c.max;
  });
  task.failure_count = c.failures_before;
  const auto moved = move(task, TaskStatus::Failed);
  CAPTURE(c.is_service, c.max, c.failures_before);
  CHECK(moved->saved[0].failure_count == c.failures_before + 1);
  CHECK((moved->saved.size() == 2) == c.replaced);
  if (c.replaced) CHECK(moved->saved[1].failure_count == c.failures_before + 1);
}

TEST_CASE("failing while restarting is not counted") {
  CHECK(move(test::a_task(TaskStatus::Restarting), TaskStatus::Failed)->saved[0].failure_count == 0);
}

TEST_CASE("whoever acts on a partitioned task does not wait for its host") {
  struct Case {
    TaskStatus from;
    TaskStatus to;
    size_t saved;
    size_t kills;
  };
  using enum TaskStatus;
  const auto c = GENERATE(Case{Partitioned, Killing, 1, 0}, Case{Partitioned, Restarting, 2, 1},
                          Case{Partitioned, Draining, 2, 1}, Case{Killing, Partitioned, 1, 1},
                          Case{Restarting, Partitioned, 2, 1}, Case{Partitioned, Lost, 2, 1});
  CAPTURE(enum_name(c.from), enum_name(c.to));
  const auto moved = move(test::a_task(c.from), c.to);
  REQUIRE(moved->saved.size() == c.saved);
  CHECK(moved->decider.effects.size() == c.kills);
  const Task& task = moved->saved[0];
  CHECK(task.status == Lost);
  if (c.to == Lost) return;
  CHECK(task.events[task.events.size() - 2].status == c.to);
  CHECK(last_message(task) == "Action performed on partitioned task, marking as LOST.");
}

TEST_CASE("kills go out when a task on a host must end, once") {
  using enum TaskStatus;
  for (const TaskStatus from : {Assigned, Starting, Running}) {
    for (const TaskStatus to : {Killing, Restarting, Draining, Preempting}) {
      CHECK(move(test::a_task(from), to)->decider.effects.size() == 1);
    }
  }
  CHECK(move(test::a_task(Assigned), Lost)->decider.effects.size() == 1);
  CHECK(move(test::a_task(Running), Lost)->decider.effects.empty());
  CHECK(move(test::a_task(Restarting), Killing)->decider.effects.empty());
  CHECK(move(test::a_task(Restarting), Lost)->decider.effects.size() == 1);
}

TEST_CASE("partitions are counted and repeated ones folded") {
  Decider decider;
  Task task = test::a_task(TaskStatus::Running);
  const size_t before = task.events.size();
  for (int round = 1; round <= 4; ++round) {
    for (const TaskStatus to : {TaskStatus::Partitioned, TaskStatus::Running}) {
      Decision decision;
      transition(decider.cluster, decider.add(task), {to, std::nullopt}, decider.context(), decision);
      const bool folds = to == TaskStatus::Partitioned && round > 1;
      CHECK(std::holds_alternative<TaskSaved>(decision.changes.at(0)) == folds);
      task = *test::find_record_after(decider.cluster, decision.changes.at(0));
    }
    CHECK(task.times_partitioned == round);
    CHECK(task.events.size() == before + 2);
  }
  CHECK(task.events[before - 1].status == TaskStatus::Running);
  CHECK(task.events[before].status == TaskStatus::Partitioned);
}

TEST_CASE("new tasks are pending, without a message") {
  Decider decider;
  Decision decision;
  insert_tasks(TaskConfigRef(test::a_config()), {0, 4}, "asked for by ann", decider.context(), decision);
  decider.keep(decision);
  const auto tasks = decider.cluster.list_active(test::a_key());
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[1]->instance_id == 4);
  const TaskEvent first{decider.clock.now(), TaskStatus::Pending, std::nullopt, "scheduler", "asked for by ann"};
  CHECK(tasks[1]->events == std::vector<TaskEvent>{first});
  CHECK(tasks[0]->id.value().starts_with("www-prod-web-0-"));
}

TEST_CASE("why a task ended: what it did itself, what was done to it, and who asked") {
  const EndReason asked = killed_by("user alice");
  const EndReason exited{.cause = EndCause::Exited, .process = "web", .exit_code = 1};
  const EndReason silent = host_lost("h1 was silent for 75 s");
  const EndReason terminated{.cause = EndCause::Killed, .process = "web", .signal = 15};
  struct Case {
    TaskStatus from;
    std::optional<EndReason> before;
    TaskStatus to;
    std::optional<EndReason> told;
    std::string sentence;
  };
  using enum TaskStatus;
  const Case cases[] = {
      {Running, {}, Failed, exited, "process 'web' exited with code 1"},
      {Running, {}, Finished, {}, "none"},
      {Running, {}, Killing, asked, "killed by user alice"},
      {Killing, asked, Killed, terminated, "killed by user alice; process 'web' was ended by SIGTERM"},
      {Killing, asked, Killed, {}, "killed by user alice"},
      {Killing, asked, Lost, silent, "killed by user alice: its host was lost: h1 was silent for 75 s"},
      {Killing, asked, Finished, {}, "none"},
      {Killing, asked, Failed, exited, "process 'web' exited with code 1"},
      {Killing, asked, Partitioned, silent, "killed by user alice: its host was lost: h1 was silent for 75 s"},
      {Restarting, killed_by("restart by user bob"), Killing, asked, "killed by user alice"},
      {Running, {}, Partitioned, silent, "its host was lost: h1 was silent for 75 s"},
      {Partitioned, silent, Lost, {}, "its host was lost: h1 was silent for 75 s"},
      {Partitioned, silent, Running, {}, "none"},
      {Partitioned, silent, Killing, asked, "killed by user alice: its host was lost: nothing was heard of it"},
  };
  for (const Case& c : cases) {
    INFO(enum_name(c.from) << " -> " << enum_name(c.to));
    Task task = test::a_task(c.from);
    task.end_reason = c.before;
    const auto moved = move(task, c.to, std::nullopt, c.told);
    REQUIRE(!moved->saved.empty());
    const Task& saved = moved->saved.front();
    CHECK((saved.end_reason ? to_sentence(*saved.end_reason) : "none") == c.sentence);
    for (size_t i = 1; i < moved->saved.size(); ++i) CHECK(!moved->saved[i].end_reason);  // a replacement begins afresh
  }
}
