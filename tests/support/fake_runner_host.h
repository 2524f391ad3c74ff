// Runners that only exist on paper: a test starts, ends and finds them as it likes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aurora/executor/runner_host.h"

namespace aurora::test {

class FakeRunnerHost final : public executor::RunnerHost {
 public:
  Status start(const core::Task& task, const std::vector<std::string>& gpus) override {
    std::string call = "start " + task.id.value();
    for (const std::string& gpu : gpus) call += " " + gpu;
    calls.push_back(call);
    const auto refused = refusals.find(task.id);
    if (refused != refusals.end()) return refused->second;
    found[task.id] = {.alive = true, .started = true, .end = {}};
    folder_of[task.id] = {task.id, Instant{1}, summary_of(task)};
    folder_of[task.id].summary.gpus = gpus;
    return Unit{};
  }
  void request_kill(const core::TaskId& task_id) override { calls.push_back("kill " + task_id.value()); }
  void destroy(const core::TaskId& task_id) override { calls.push_back("destroy " + task_id.value()); }
  core::HostTasks::FoundRunner adopt(const core::TaskId& task_id) override { return found[task_id]; }
  std::vector<FoundFolder> list_found() override {
    std::vector<FoundFolder> folders;
    for (const auto& [task_id, accepted] : folder_of) folders.push_back({task_id, found[task_id].alive});
    return folders;
  }
  core::TaskAccepted recover(const core::TaskId& task_id) override { return folder_of.at(task_id); }
  std::vector<core::HostEvent> wait(Duration) override {
    if (on_wait) std::exchange(on_wait, nullptr)();
    return std::exchange(events, {});
  }
  void wake() override {}

  std::vector<std::string> take_calls() { return std::exchange(calls, {}); }

  std::function<void()> on_wait;  // what happens meanwhile, once
  std::vector<std::string> calls;
  std::map<core::TaskId, Error> refusals;
  std::map<core::TaskId, core::HostTasks::FoundRunner> found;  // survives an executor, like the real ones
  std::map<core::TaskId, core::TaskAccepted> folder_of;        // what a task's folder says of it
  std::vector<core::HostEvent> events;                         // given by the next wait()
};

}  // namespace aurora::test
