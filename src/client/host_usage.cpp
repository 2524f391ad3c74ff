#include "client/host_usage.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace aurora::client {
namespace {

constexpr size_t kAtOnce = 16;        // hosts
constexpr int64_t kTasksMax = 10'000;  // of one host
constexpr int kUnauthorized = 401;

TaskUsage to_usage(const codec::JsonValue& task) {
  TaskUsage usage{.task_id = task.string_or("taskId", ""),
                  .job = {task.string_or("role", ""), task.string_or("environment", ""), task.string_or("name", "")}};
  usage.instance = static_cast<int32_t>(task.int_or("instance", 0));
  usage.cpus = task.double_or("cpu", 0);
  usage.ram_bytes = task.int_or("ramBytes", 0);
  usage.disk_bytes = task.int_or("diskBytes", 0);
  return usage;
}

Result<codec::JsonValue> ask(net::HttpClient& http, const std::string& secret, const std::string& url) {
  net::ClientRequest request{.url = url};
  request.timeout = seconds(5);
  net::Response answer = TRY(http.send(request));
  if (answer.status == kUnauthorized && !secret.empty()) {
    request.headers.emplace("Authorization", secret);
    answer = TRY(http.send(request));
  }
  if (answer.status != 200) return error_of_answer(answer, url);
  return codec::JsonValue::parse(answer.body);
}

Status measure(net::HttpClient& http, const std::string& secret, const HostAddress& host, HostUsage& usage) {
  for (int64_t taken = 0; taken < kTasksMax;) {
    const codec::JsonValue page =
        TRY(ask(http, secret, host.origin + "/v1/tasks?state=active&limit=1000&offset=" + std::to_string(taken)));
    const codec::JsonValue* tasks = page.find("tasks");
    if (tasks == nullptr || tasks->items().empty()) return Unit{};
    for (const codec::JsonValue& task : tasks->items()) usage.tasks.push_back(to_usage(task));
    taken += static_cast<int64_t>(tasks->items().size());
    if (taken >= page.int_or("total", 0)) return Unit{};
  }
  return Unit{};
}

}  // namespace

std::string origin_of(const std::string& url) {
  const size_t begin = url.find("://");
  return begin == std::string::npos ? "" : url.substr(0, url.find('/', begin + 3));
}

std::vector<HostUsage> measure_hosts(net::HttpClient& http, const std::string& secret, const std::vector<HostAddress>& hosts) {
  std::vector<HostUsage> measured(hosts.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < hosts.size();) {
      measured[i].host = hosts[i].host;
      const Status done = measure(http, secret, hosts[i], measured[i]);
      if (!done.ok()) measured[i].failure = done.error().message;
    }
  };
  if (hosts.size() == 1) {
    work();
    return measured;
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < std::min(kAtOnce, hosts.size()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return measured;
}

std::string secret_header(SchedulerClient& scheduler) {
  const auto request = scheduler.opening("/");
  if (!request.ok()) return "";
  const auto header = request->headers.find("Authorization");
  return header != request->headers.end() && header->second.starts_with("Bearer ") ? header->second : "";
}

}  // namespace aurora::client
