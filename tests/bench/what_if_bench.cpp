// What a forecast costs: a copy of a cluster with jobs of ten instances each, of which a rack is lost, and the same jobs
// added to a cluster that has none. At a tenth of the size and whole: the ratio of the times a host and job. Prints,
// asserts nothing about time (wanted: 2 s for 1,000 jobs on 5,000 hosts).
//
//   ninja -C build what_if_bench && build/what_if_bench [hosts] [jobs]
#include <cstdio>
#include <cstdlib>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/scheduler/what_if.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

constexpr int kInstances = 10;
constexpr int kRacks = 100;
constexpr Instant kCopied{1'700'000'000'000};

TaskConfig config_of(int job) {
  TaskConfig config = test::a_service("www/prod/job" + std::to_string(job));
  config.resources.cpus = 1;
  return config;
}

scheduler::CopiedState hosts(int count) {
  scheduler::CopiedState state{.cluster_id = "c1", .at = kCopied};
  for (int i = 0; i < count; ++i)
    state.changes.push_back(HostSaved{test::a_host("host" + std::to_string(i), "rack" + std::to_string(i % kRacks))});
  return state;
}

double seconds_of(scheduler::CopiedState state, const scheduler::WhatIf& changes, size_t& outcome) {
  const int64_t begin = steady_nanos();
  const auto forecast = scheduler::forecast(std::move(state), changes, {});
  if (!forecast.ok() || !forecast->unsettled.empty()) std::abort();
  outcome = forecast->moved.size();
  for (const auto& added : forecast->added) outcome += static_cast<size_t>(added.placed);
  return static_cast<double>(steady_nanos() - begin) / 1e9;
}

double lose_rack(int host_count, int jobs, size_t& outcome) {
  scheduler::CopiedState state = hosts(host_count);
  scheduler::WhatIf changes;
  for (int i = 0; i < host_count; i += kRacks) changes.lose.insert(HostId("host" + std::to_string(i)));
  for (int i = 0; i < jobs * kInstances; ++i) {
    state.changes.push_back(TaskSaved{test::a_task({.status = TaskStatus::Running, .instance = i % kInstances, .config = config_of(i / kInstances),
                                                    .host = "host" + std::to_string(i % host_count), .at = kCopied - hours(1)})});
  }
  return seconds_of(std::move(state), changes, outcome);
}

double add_jobs(int host_count, int jobs, size_t& outcome) {
  scheduler::WhatIf changes;
  for (int i = 0; i < jobs; ++i) changes.add.push_back(test::a_job_of(config_of(i), kInstances));
  return seconds_of(hosts(host_count), changes, outcome);
}

void measure(const char* what, double (*run)(int, int, size_t&), int hosts_max, int jobs_max) {
  double first = 0;
  for (const int part : {10, 1}) {
    size_t outcome = 0;
    const double seconds = run(hosts_max / part, jobs_max / part, outcome);
    const double each = seconds * part;
    if (first == 0) first = each;
    std::printf("%-10s %5d hosts, %5d jobs: %6.3f s, %5zu tasks got a host (%.2f)\n", what, hosts_max / part, jobs_max / part, seconds, outcome,
                each / first);
  }
}

}  // namespace

int main(int argc, char** argv) {
  configure_log(LogFormat::Text, LogLevel::Error);
  const int hosts_max = argc > 1 ? std::atoi(argv[1]) : 5'000;
  const int jobs_max = argc > 2 ? std::atoi(argv[2]) : 1'000;
  measure("lose rack", lose_rack, hosts_max, jobs_max);
  measure("add jobs", add_jobs, hosts_max, jobs_max);
  return 0;
}
