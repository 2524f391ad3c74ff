// An executor without processes: the real loop and routes over a folder whose files the test writes.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/api/executor_api.h"
#include "aurora/codec/json.h"
#include "aurora/core/process/check_result.h"
#include "aurora/os/files.h"
#include "net/router.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_runner_host.h"
#include "support/temp_folder.h"

namespace aurora::api {

class ExecutorBench : private executor::ReportSink {
 public:
  ExecutorBench()
      : journal_(executor::open_host_journal(folder_.path() + "/journal", clock_.now()).value()),
        loop_(core::HostTasks(test::a_host("h1"), "session"), runners_, *journal_, *this, clock_, counters_),
        view_(loop_, health_, work(), clock_),
        log_times_(with_tasks_folder(work()), log_clock_),
        execs_(work(), clock_, counters_),
        routes_(executor_routes({.loop = loop_,
                                 .view = view_,
                                 .log_times = log_times_,
                                 .counters = counters_,
                                 .clock = clock_,
                                 .hostname = "h1",
                                 .agent_id = "agent",
                                 .scheduler_url = "http://scheduler:8081",
                                 .runs_tasks_as = "roles",
                                 .isolation = {{"memory limit", false, "no controller"}},
                                 .secret = "",
                                 .started_at = clock_.now(),
                                 .execs = &execs_,
                                 .web_sockets = &web_sockets_})),
        router_(routes_) {
    REQUIRE(loop_.start().ok());
  }

  // Accepted, running, its first process over and its second running. Log and sandbox files are there.
  core::TaskId add_task(const std::string& id = "t1") {
    core::Task task = test::a_task(core::TaskStatus::Assigned);
    task.id = core::TaskId(id);
    task.assigned_ports = {{"http", 31000}};
    loop_.submit(core::LaunchRequested{{task}});
    rounds();
    loop_.submit(core::RunnerStarted{task.id});
    rounds();
    write_files(task.id);
    clock_.advance(seconds(1));
    return task.id;
  }
  void end_task(const core::TaskId& task_id) {
    append(task_id, core::RunStateRecord{core::RunState::Killed, clock_.now(), 1});
    loop_.submit(core::RunnerExited{task_id, {0, {}, core::RunState::Failed}});
    rounds();
  }
  // A result of the task's health check, and that there is one.
  void add_check(const core::TaskId& task_id, const core::HealthPlan& plan, const core::CheckFailure& failure) {
    core::HealthCheck check(plan.policy, core::HealthState::Healthy, Duration{});
    check.finish(failure, Duration{});
    health_.begin(task_id, plan, core::HealthState::Healthy);
    const auto outcome = failure ? executor::CheckOutcome::Failed : executor::CheckOutcome::Passed;
    health_.add(task_id, {clock_.now(), milliseconds(7), outcome, failure.value_or("")}, check);
  }
  void append(const core::TaskId& task_id, const core::RunRecord& record) {
    const auto file = os::open_for_append(work().paths_of(task_id).checkpoint);
    REQUIRE(os::append_all(*file, executor::encode_record(record)).ok());
  }
  void rounds() {
    while (loop_.run_round()) {
    }
  }

  net::Response send(const std::string& method, const std::string& target, const std::string& body = "",
                     const std::map<std::string, std::string>& headers = {}) {
    net::Request request{.method = method, .path = target.substr(0, target.find('?')), .headers = headers, .body = body};
    for (size_t at = target.find('?'); at != std::string::npos;) {
      const size_t equals = target.find('=', at);
      const size_t next = target.find('&', equals);
      request.query.emplace(target.substr(at + 1, equals - at - 1),
                            target.substr(equals + 1, next - equals - 1));
      at = next;
    }
    net::Router::Match match = router_.find(method, request.path);
    if (match.route == nullptr) return {.status = match.allowed.empty() ? 404 : 405};
    request.path_params = std::move(match.path_params);
    if (match.route->gate) {
      if (auto refused = match.route->gate(request)) return *refused;
    }
    return net::wait_for(match.route->handler(request));
  }
  net::Response get(const std::string& target) { return send("GET", target); }
  codec::JsonValue json(const std::string& target) {
    const net::Response response = get(target);
    INFO(target << " " << response.body);
    CHECK(response.status == 200);
    const auto value = codec::JsonValue::parse(response.body);
    REQUIRE(value.ok());
    return *value;
  }

  executor::WorkFolder work() const { return {folder_.path(), folder_.path() + "/state", "agent-" + std::to_string(::getpid())}; }
  std::string sandbox(const core::TaskId& task_id) const { return work().paths_of(task_id).sandbox; }
  const std::vector<net::Route>& routes() const { return routes_; }
  executor::HostLoop& loop() { return loop_; }
  executor::LogTimes& log_times() { return log_times_; }
  test::FakeRunnerHost& runners() { return runners_; }

 private:
  void post(core::ReportTasks) override {}
  static executor::WorkFolder with_tasks_folder(executor::WorkFolder work) {
    std::filesystem::create_directories(work.state + "/tasks");
    return work;
  }

  void write_files(const core::TaskId& task_id) {
    const executor::TaskPaths paths = work().paths_of(task_id);
    std::filesystem::create_directories(paths.folder);
    std::filesystem::create_directories(paths.sandbox + "/.logs/fetch/0");
    executor::RunnerPlan plan;
    plan.task_id = task_id;
    plan.plan.processes.resize(2);
    plan.plan.processes[0].name = "fetch";
    plan.plan.processes[0].cmdline = "cp a b";
    plan.plan.processes[1].name = "run";
    plan.plan.processes[1].cmdline = "./run <x>";
    plan.sandbox = paths.sandbox;
    plan.user.name = "www-data";
    REQUIRE(executor::write_plan(paths.plan, plan, R"({"name": "<fetch>"})", {}).ok());
    REQUIRE(os::write_file(paths.sandbox + "/.logs/fetch/0/stdout", "<module> & \xff\n").ok());
    REQUIRE(os::write_file(paths.sandbox + "/script.sh", "#!/bin/sh\n").ok());
    using enum core::ProcessState;
    const Instant now = clock_.now();
    append(task_id, core::RunStateRecord{core::RunState::Active, now, 1});
    append(task_id, core::ProcessRecord{0, Waiting, now});
    append(task_id, core::ProcessRecord{0, Forked, now, kNobody});
    append(task_id, core::ProcessRecord{0, Running, now, kNobody});
    append(task_id, core::ProcessRecord{0, Failed, now + seconds(1), kNobody, 1});
    append(task_id, core::ProcessRecord{1, Waiting, now});
    append(task_id, core::ProcessRecord{1, Forked, now + seconds(2), kNobody});
    append(task_id, core::ProcessRecord{1, Running, now + seconds(2), kNobody});
  }

  static constexpr int kNobody = 0x3fffffff;  // a pid that no process has

  test::TempFolder folder_;
  test::FakeClock clock_;
  Counters counters_;
  test::FakeRunnerHost runners_;
  std::unique_ptr<executor::HostJournal> journal_;
  executor::HostLoop loop_;
  executor::HealthRecords health_;
  executor::HostView view_;
  SystemClock log_clock_;
  executor::LogTimes log_times_;
  executor::Execs execs_;
  net::WebSockets web_sockets_;
  std::vector<net::Route> routes_;
  net::Router router_;
};

}  // namespace aurora::api
