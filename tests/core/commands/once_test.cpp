// Requests that are sent again, and the deletion of tasks that are over.
#include <catch2/catch.hpp>

#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_task;
using test::Decider;
using test::text_of;

const RequestMark kMark{"key", "POST /v1/jobs"};

Result<Decided> run_once(Decider& decider, const Command& command, const RequestMark& mark = kMark) {
  auto decision = decide_once(decider.cluster, command, mark, decider.context());
  if (decision.ok()) decider.keep(*decision);
  return decision;
}

CreateJob a_create(int32_t instances = 2) { return {test::a_job_of(test::a_config("www/prod/web"), instances), "user"}; }

TEST_CASE("a request that is sent again gets the answer of the first and changes nothing") {
  Decider decider;
  const auto first = run_once(decider, a_create());
  REQUIRE(first.ok());
  CHECK(text_of(first) == "2 new tasks pending for job www/prod/web");
  const auto again = run_once(decider, a_create());
  REQUIRE(again.ok());
  CHECK(text_of(again) == text_of(first));
  CHECK(std::get<Message>(again->answer).count == std::get<Message>(first->answer).count);
  CHECK(again->changes.empty());
  CHECK(again->effects.empty());
  CHECK(decider.cluster.count_tasks(TaskQuery{}).total() == 2);
  CHECK_FALSE(decider.run(a_create()).ok());  // without a key it is another request
}

TEST_CASE("a request that was refused is decided anew when it is sent again") {
  Decider decider;
  REQUIRE(decider.run(a_create()).ok());
  CHECK_FALSE(run_once(decider, a_create()).ok());
  CHECK(decider.cluster.answered_request_count() == 0);
  REQUIRE(decider.run(KillTasks{test::a_key("www/prod/web"), {}, "", "user"}).ok());
  CHECK(run_once(decider, a_create()).ok());
}

TEST_CASE("a key that another request had is refused, and nothing is done") {
  Decider decider;
  REQUIRE(run_once(decider, a_create()).ok());
  const auto other = run_once(decider, KillTasks{test::a_key("www/prod/web"), {}, "", "user"}, {"key", "another"});
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code == ErrorCode::InvalidArgument);
  CHECK(other.error().message == "Another request had the idempotency key 'key'; each needs one of its own");
  CHECK(decider.cluster.count_tasks(TaskQuery{}).of(TaskStatus::Pending) == 2);
}

TEST_CASE("an answer is kept for ten minutes, and goes when others come") {
  Decider decider;
  const KillTasks kill{test::a_key("www/prod/web"), {}, "", "user"};
  REQUIRE(run_once(decider, kill, {"old", "a"}).ok());
  REQUIRE(run_once(decider, kill, {"older", "a"}).ok());
  decider.clock.advance(kAnswersKeptFor - milliseconds(1));
  CHECK(run_once(decider, kill, {"old", "a"})->changes.empty());
  decider.clock.advance(milliseconds(1));
  REQUIRE(run_once(decider, a_create(), {"old", "b"}).ok());  // it may be used again now
  CHECK(decider.cluster.find_answered_request("old")->fingerprint == "b");
  CHECK(decider.cluster.find_answered_request("older") == nullptr);
  CHECK(decider.cluster.answered_request_count() == 1);
}

TEST_CASE("of too many answers the oldest go first") {
  Decider decider;
  for (size_t i = 0; i < kAnswersKeptMax; ++i)
    decider.cluster.apply(RequestAnswered{{"k" + std::to_string(i), "", decider.clock.now(), "", 0}});
  decider.clock.advance(seconds(1));
  REQUIRE(run_once(decider, KillTasks{test::a_key("www/prod/web"), {}, "", "user"}, {"new", ""}).ok());
  CHECK(decider.cluster.answered_request_count() == kAnswersKeptMax);
  CHECK(decider.cluster.find_answered_request("k0") == nullptr);
  CHECK(decider.cluster.find_answered_request("new") != nullptr);
}

TEST_CASE("an answer that is no message is not kept: updates are told apart by their metadata") {
  Decider decider;
  REQUIRE(run_once(decider, PlaceTasks{}).ok());
  CHECK(decider.cluster.answered_request_count() == 0);
}

TEST_CASE("tasks that are over are pruned, by role, environment and status, as many as asked for") {
  Decider decider;
  int32_t instance = 0;
  const auto add = [&](const std::string& job, TaskStatus status, int count) {
    for (int i = 0; i < count; ++i)
      decider.add(a_task({.status = status, .instance = instance++, .config = test::a_config(job)}));
  };
  add("www/prod/web", TaskStatus::Finished, 3);
  add("www/prod/web", TaskStatus::Failed, 2);
  add("www/devel/web", TaskStatus::Failed, 1);
  add("ads/prod/web", TaskStatus::Lost, 1);
  add("www/prod/web", TaskStatus::Running, 1);
  const auto prune = [&](const PruneTasks& command) {
    const auto decision = decider.run(command);
    return decision.ok() ? std::get<Message>(decision->answer).count : -1;
  };
  CHECK(text_of(decider.run(PruneTasks{"", "", {TaskStatus::Running}})) ==
        "Tasks in non-terminal state cannot be pruned.");
  CHECK(prune({"www", "prod", {TaskStatus::Failed}}) == 2);
  CHECK(prune({"www", "", {}, 2}) == 2);
  CHECK(prune({"www", "", {}}) == 2);
  CHECK(prune({"www", "", {}}) == 0);
  CHECK(prune({"", "", {}}) == 1);
  CHECK(decider.cluster.count_tasks(TaskQuery{}).total() == 1);
}

}  // namespace
}  // namespace aurora::core
