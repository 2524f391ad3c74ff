// Whose orders a host takes.
#include <catch2/catch.hpp>

#include "aurora/core/process/host_tasks.h"
#include "support/builders.h"

namespace aurora::core {
namespace {

const ReportTasks* sent_in(const HostDecision& decision) {
  for (const HostEffect& effect : decision.effects) {
    if (const auto* send = std::get_if<SendReport>(&effect)) return &send->report;
  }
  return nullptr;
}

HostTasks a_table(const std::string& cluster_id) { return HostTasks(test::a_host("h1"), "session", {}, cluster_id); }

std::vector<std::string> joined_by(HostTasks& tasks, const std::string& answered_id) {
  const HostDecision sent = tasks.decide(TimerFired{}, Instant{1});
  REQUIRE(sent_in(sent) != nullptr);
  ReportTasks::Answer answer{.accepted = true, .cluster_id = answered_id};
  std::vector<std::string> joined;
  for (const HostEffect& effect : tasks.decide(ReportAnswered{sent_in(sent)->sequence, answer}, Instant{2}).effects) {
    if (const auto* join = std::get_if<JoinCluster>(&effect)) joined.push_back(join->cluster_id);
  }
  return joined;
}

TEST_CASE("a host joins the first cluster that accepts it, and says so in every report") {
  HostTasks tasks = a_table("");
  CHECK(sent_in(a_table("").decide(TimerFired{}, Instant{1}))->cluster_id.empty());
  CHECK(joined_by(tasks, "c1") == std::vector<std::string>{"c1"});
  CHECK(tasks.cluster_id() == "c1");
  CHECK(sent_in(tasks.decide(TimerFired{}, Instant{1'000'000}))->cluster_id == "c1");

  HostTasks member = a_table("c1");
  CHECK(joined_by(member, "c2").empty());
  CHECK(member.cluster_id() == "c1");

  HostTasks of_old_scheduler = a_table("");
  CHECK(joined_by(of_old_scheduler, "").empty());
}

TEST_CASE("a host takes orders of its own cluster only") {
  const HostTasks member = a_table("c1");
  CHECK(member.check_cluster("c1").ok());
  const Status foreign = member.check_cluster("c2");
  REQUIRE_FALSE(foreign.ok());
  CHECK(foreign.error().message ==
        "Host 'h1' belongs to the cluster with the id c1 and takes no orders of the cluster with the id c2: nothing "
        "was started or killed.");
  CHECK_THAT(member.check_cluster("").error().message, Catch::Contains("a scheduler that names none"));
  CHECK(a_table("").check_cluster("c2").ok());
}

TEST_CASE("a registration describes the tasks that are there, so that a scheduler which knows none learns of them") {
  HostTasks tasks = a_table("c1");
  const Task task = test::a_task(TaskStatus::Assigned);
  for (const HostRecord& record : tasks.decide(LaunchRequested{{task}}, Instant{1}).records) tasks.apply(record);
  HostDecision decision = tasks.decide(TimerFired{}, Instant{2});
  const ReportTasks* report = sent_in(decision);
  REQUIRE(report->tasks.size() == 1);
  CHECK(report->tasks[0].summary == summary_of(task));
  tasks.decide(ReportAnswered{report->sequence, ReportTasks::Answer{.accepted = true}}, Instant{3});
  decision = tasks.decide(TimerFired{}, Instant{100'000});
  CHECK_FALSE(sent_in(decision)->tasks[0].summary.has_value());  // once is enough
}

}  // namespace
}  // namespace aurora::core
