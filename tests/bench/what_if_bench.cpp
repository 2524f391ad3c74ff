// What a forecast costs: a copy of a cluster with jobs of ten instances each, of which a rack is lost, and the same jobs
// added to a cluster that has none. At a tenth of the size and whole: the ratio of the times a host and job. Then ten minutes
// in which all these jobs are created and half of them killed again are recorded, and replayed. Prints, asserts nothing about
// time (wanted: 2 s for 1,000 jobs on 5,000 hosts; a replay 20 times faster than it was).
//
//   ninja -C build what_if_bench && build/what_if_bench [hosts] [jobs]
#include <cstdio>
#include <cstdlib>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/scheduler/recorder.h"
#include "aurora/scheduler/replay.h"
#include "aurora/scheduler/what_if.h"
#include "scheduler/offline_cluster.h"
#include "support/builders.h"
#include "support/temp_folder.h"

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

void live_ten_minutes(int host_count, int jobs, scheduler::Recorder& recorder) {
  scheduler::OfflineCluster cluster(hosts(host_count).changes, {.settings = {}, .at = kCopied, .recorder = &recorder});
  if (!cluster.start().ok()) std::abort();
  for (int i = 0; i < jobs; ++i) {
    if (!cluster.submit(CreateJob{test::a_job_of(config_of(i), kInstances), "user"}).ok()) std::abort();
    if (i % 2 == 1) {
      KillTasks kill{.job = config_of(i - 1).job, .instances = {}, .message = {}, .user = "user"};
      if (!cluster.submit(std::move(kill)).ok()) std::abort();
    }
    cluster.run_until(kCopied + Duration{minutes(10).ms * (i + 1) / jobs});
  }
}

void measure_replay(int host_count, int jobs) {
  const test::TempFolder folder;
  Counters counters;
  {
    scheduler::Recorder recorder({.folder = folder.path(), .bytes_max = 4ull << 30, .waiting_bytes_max = 4ull << 30}, counters);
    live_ten_minutes(host_count, jobs, recorder);
  }
  uint64_t bytes = 0;
  for (const auto& file : store::list_recordings(folder.path())) bytes += file.bytes;
  const int64_t begin = steady_nanos();
  auto reader = store::RecordingReader::open(folder.path());
  scheduler::Replay replay(utc_alone());
  if (!reader.ok() || !replay.run(*reader, std::nullopt).ok()) std::abort();
  const double seconds = static_cast<double>(steady_nanos() - begin) / 1e9;
  const scheduler::ReplayReport& report = replay.report();
  std::printf("replay     %5d hosts, %5d jobs: %6.3f s for %.0f s, %.0f times as fast; %lld commands, %llu MB, %lld differences\n", host_count, jobs,
              seconds, static_cast<double>((report.to - report.from).ms) / 1000, static_cast<double>((report.to - report.from).ms) / 1000 / seconds,
              static_cast<long long>(report.commands), static_cast<unsigned long long>(bytes >> 20), static_cast<long long>(report.difference_count));
}

}  // namespace

int main(int argc, char** argv) {
  configure_log(LogFormat::Text, LogLevel::Error);
  const int hosts_max = argc > 1 ? std::atoi(argv[1]) : 5'000;
  const int jobs_max = argc > 2 ? std::atoi(argv[2]) : 1'000;
  measure("lose rack", lose_rack, hosts_max, jobs_max);
  measure("add jobs", add_jobs, hosts_max, jobs_max);
  measure_replay(hosts_max, jobs_max);
  return 0;
}
