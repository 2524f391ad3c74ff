#include "client/live_tasks.h"

#include <algorithm>

#include "client/task_view.h"

namespace aurora::client {
namespace {

constexpr const char* kLive[] = {"RUNNING", "KILLING", "PREEMPTING", "RESTARTING", "DRAINING", "PARTITIONED"};
constexpr size_t kInstancesAsked = 100;  // of more all are asked for: what is asked has to fit into the head of a request

// The value of what is between the braces.
std::optional<std::string> find_value(std::string_view name, const LiveTask& task) {
  constexpr std::string_view kPorts = "thermos.ports[";
  if (name == "thermos.task_id") return task.id;
  if (name == "mesos.instance") return std::to_string(task.instance);
  if (!name.starts_with(kPorts) || !name.ends_with(']')) return std::nullopt;
  const auto port = task.ports.find(std::string(name.substr(kPorts.size(), name.size() - kPorts.size() - 1)));
  if (port == task.ports.end()) return std::nullopt;
  return std::to_string(port->second);
}

// Of http://host:port/path.
std::string host_of(const std::string& url) {
  const size_t begin = url.find("://");
  if (begin == std::string::npos) return "";
  const std::string authority = url.substr(begin + 3, url.find('/', begin + 3) - begin - 3);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

Result<std::vector<LiveTask>> list_live_tasks(SchedulerClient& scheduler, const core::JobKey& job,
                                              const std::optional<std::set<int32_t>>& instances) {
  Query query = job_query(job);
  for (const char* status : kLive) query.emplace("status", status);
  const bool is_asked = instances && instances->size() <= kInstancesAsked;
  if (is_asked) {
    for (const int32_t instance : *instances) query.emplace("instance", std::to_string(instance));
  }
  std::vector<LiveTask> tasks;
  TRY(walk_tasks(scheduler, query, [&](const codec::JsonValue& task, const codec::JsonValue*) {
    TaskView view = to_task_view(task, nullptr);
    if (instances && !instances->contains(view.instance)) return;
    tasks.push_back({std::move(view.id), view.instance, std::move(view.host), std::move(view.ports),
                     host_of(task.string_or("taskUrl", ""))});
  }));
  std::ranges::stable_sort(tasks, {}, &LiveTask::instance);
  return tasks;
}

std::string bind_command(const std::string& command, const LiveTask& task) {
  std::string bound;
  size_t at = 0;
  while (at < command.size()) {
    const size_t open = command.find("{{", at);
    const size_t close = open == std::string::npos ? open : command.find("}}", open);
    if (close == std::string::npos) break;
    const auto value = find_value(std::string_view(command).substr(open + 2, close - open - 2), task);
    const size_t next = value ? close + 2 : open + 1;  // "{{{thermos.task_id}}" has one inside
    bound += command.substr(at, (value ? open : next) - at) + value.value_or("");
    at = next;
  }
  return bound + command.substr(at);
}

std::string find_end_of(Session& session, SchedulerClient& scheduler, const std::string& task_id) {
  constexpr int kLooks = 10;
  for (int look = 0; look < kLooks; ++look) {
    std::string end;
    const Status walked = walk_tasks(scheduler, {{"taskId", task_id}}, [&](const codec::JsonValue& task, const codec::JsonValue*) {
      end = to_task_view(task, nullptr).end;
    });
    if (!end.empty() || !walked.ok()) return end;
    if (!session.world().pause(milliseconds(300))) break;
  }
  return "";
}

}  // namespace aurora::client
