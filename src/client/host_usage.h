// What tasks use, as the executors of their hosts measure it: asked there, some at a time, each once and for seconds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/scheduler_client.h"

namespace aurora::client {

struct TaskUsage {
  std::string task_id = {};
  core::JobKey job = {};
  int32_t instance = 0;
  double cpus = 0;  // cores in use
  int64_t ram_bytes = 0;
  int64_t disk_bytes = 0;
};
struct HostUsage {
  std::string host = {};
  std::vector<TaskUsage> tasks = {};  // that are active
  std::string failure = {};           // it did not answer; empty: it did
};

struct HostAddress {
  std::string host = {};
  std::string origin = {};  // of its executor
};
// http://h1:8082 of http://h1:8082/task/...
std::string origin_of(const std::string& url);

// `secret`: an Authorization header for those who ask for one; may be empty.
std::vector<HostUsage> measure_hosts(net::HttpClient& http, const std::string& secret, const std::vector<HostAddress>& hosts);

// "Bearer ..." if there is a secret for this cluster; else empty.
std::string secret_header(SchedulerClient& scheduler);

}  // namespace aurora::client
