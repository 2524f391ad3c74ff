// Clients that keep a scheduler busy: each has one connection and waits for an answer before it asks again.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "farm/event_loop.h"
#include "farm/http_caller.h"

namespace aurora::farm {

struct LoadConfig {
  CallerConfig scheduler = {};
  size_t clients = 1;
  int64_t count_max = 0;  // calls; 0 = no limit
  Duration time_max{};    // 0 = no limit
  Duration pause{};       // of a client between an answer and its next call
};

struct Call {
  const char* method = "GET";
  std::string target;
  std::string body;
};

// Runs the loop until all is answered. `make_call` gets 0, 1, 2...; the figures as a JSON object.
std::string run_load(EventLoop& loop, const LoadConfig& config, const std::function<Call(int64_t number)>& make_call);

struct JobShape {
  std::string prefix = "job";
  int32_t instances = 1;
  size_t roles = 1;  // jobs go round these
  double cpus = 0.1;
  int64_t ram_mb = 16;
  int64_t disk_mb = 16;
  std::string tier;  // empty: the scheduler's default
};
// Jobs as a client sends them: a service of two processes, 2 KB a configuration.
std::function<Call(int64_t number)> creations_of(const JobShape& shape);

}  // namespace aurora::farm
