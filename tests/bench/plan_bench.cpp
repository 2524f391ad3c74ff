// What a plan of a large update costs, and what those who write meanwhile see of it: 5,000 hosts, a job of 10,000
// instances. Prints, asserts nothing about time.
//
//   ninja -C build plan_bench && build/plan_bench [FOLDER]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "aurora/core/plan/plan.h"
#include "aurora/scheduler/engine.h"
#include "aurora/scheduler/local_round_log.h"
#include "support/decider.h"

using namespace aurora;
using namespace aurora::core;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int32_t kHosts = 5'000;
constexpr int32_t kInstances = 10'000;
constexpr int kWrites = 2'000;

double milliseconds_since(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

TaskConfig a_web(double cpus) {
  TaskConfig config = test::a_service("www/prod/web");
  config.tier = "preferred";
  config.production = true;
  config.resources.cpus = cpus;
  return config;
}

std::vector<Change> site(Instant now) {
  std::vector<Change> changes;
  changes.push_back(QuotaSaved{{"www", {.cpus = 1e6, .ram_mb = 100'000'000, .disk_mb = 100'000'000}}});
  for (int32_t i = 0; i < kHosts; ++i) {
    Host host = test::a_host("host" + std::to_string(i), "rack" + std::to_string(i % 100));
    changes.push_back(HostSeen{host.id, "s", 1, now});
    changes.insert(changes.end() - 1, HostSaved{std::move(host)});
  }
  for (int32_t i = 0; i < kInstances; ++i) {
    changes.push_back(TaskSaved{test::a_task({.status = TaskStatus::Running,
                                              .instance = i,
                                              .config = a_web(1),
                                              .host = "host" + std::to_string(i % kHosts),
                                              .at = now - hours(1)})});
  }
  return changes;
}

StartUpdate update_in_groups_of(int32_t group) {
  StartUpdate command;
  command.request.task_config = a_web(2);
  command.request.instance_count = kInstances;
  command.request.settings.update_group_size = group;
  command.request.settings.min_wait_in_instance_running_ms = 30'000;
  command.user = "bench";
  return command;
}

SchedulerSettings settings() {
  SchedulerSettings settings;
  settings.limits.tasks_per_job_max = 2 * kInstances;
  return settings;
}

template <typename Look>
Plan plan_of(const StartUpdate& command, Instant now, const SchedulerSettings& settings, const Look& look) {
  PlanCopy copy(TaskConfigRef(command.request.task_config), settings, PlanCopy::Extent::JobAndHosts);
  while (look([&](const Cluster& cluster) { return copy.look(cluster); })) {
  }
  auto plan = make_plan(copy, command, now, settings);
  if (!plan.ok() || plan->end != PlanEnd::Done) {
    std::fprintf(stderr, "plan_bench: no plan to the end\n");
    std::exit(1);
  }
  return std::move(plan).value();
}

void measure_plans() {
  test::Decider decider;
  decider.settings = settings();
  decider.apply(site(decider.clock.now()));
  std::printf("A plan for %d instances on %d hosts, the copy of what it needs included\n", kInstances, kHosts);
  for (const int32_t group : {1, 10, 100, 1'000, 10'000}) {
    double best = 1e9;
    size_t steps = 0;
    for (int i = 0; i < 3; ++i) {
      const auto start = Steady::now();
      steps = plan_of(update_in_groups_of(group), decider.clock.now(), decider.settings, [&](const auto& function) {
                return function(decider.cluster);
              }).steps.size();
      best = std::min(best, milliseconds_since(start));
    }
    std::printf("  in groups of %6d %8.1f ms, %5zu steps\n", group, best, steps);
  }
}

struct Nowhere : scheduler::Outbox {
  void post(std::vector<Effect>) override {}
};

// Loads the site, with hosts that have reported; what is written goes to the disk.
class SiteStore final : public store::Store {
 public:
  SiteStore(store::Store& store, Instant now) : store_(store), now_(now) {}
  Status commit(const std::vector<Change>& changes) override { return store_.commit(changes); }
  Status load(const Take& take) override {
    TRY(store_.load(take));
    for (Change& change : site(now_)) take(std::move(change));
    return Unit{};
  }

 private:
  store::Store& store_;
  const Instant now_;
};

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

// One client that creates jobs and ends them, and waits for each answer.
std::vector<double> write(scheduler::Engine& engine, const std::string& prefix) {
  std::vector<double> milliseconds;
  for (int i = 0; i < kWrites; i += 2) {
    const std::string name = "ads/prod/" + prefix + std::to_string(i);
    auto start = Steady::now();
    const bool is_created = engine.submit(CreateJob{test::a_job(name, 1), "bench"}).ok();
    milliseconds.push_back(milliseconds_since(start));
    start = Steady::now();
    const bool is_killed = engine.submit(KillTasks{.job = test::a_key(name), .instances = {}, .message = "", .user = "bench"}).ok();
    milliseconds.push_back(milliseconds_since(start));
    if (!is_created || !is_killed) std::exit(1);
  }
  return milliseconds;
}

void print(const char* what, const std::vector<double>& milliseconds) {
  std::printf("  %-24s p50 %6.2f ms, p99 %6.2f ms, longest %6.2f ms\n", what, percentile(milliseconds, 0.5),
              percentile(milliseconds, 0.99), percentile(milliseconds, 1));
}

void measure_writers(const std::string& folder) {
  auto rocks = store::open_rocks_store(folder + "/db", store::IfMissing::Initialize);
  if (!rocks.ok()) std::exit(1);
  SystemClock clock;
  SiteStore store(**rocks, clock.now());
  Nowhere outbox;
  Counters counters;
  scheduler::LocalRoundLog log(store, counters);
  scheduler::EngineConfig config;
  config.settings = settings();
  scheduler::Engine engine(config, store, log, clock, Rng(1), outbox, counters);
  if (!engine.start().ok()) std::exit(1);
  std::thread loop([&] { engine.run(); });
  std::printf("A writer's waits for its answer\n");
  print("alone", write(engine, "alone"));
  std::atomic<bool> done = false;
  std::atomic<int> plans = 0;
  std::thread planner([&] {
    for (; !done; ++plans) {
      plan_of(update_in_groups_of(100), clock.now(), engine.settings(), [&](const auto& function) {
        return engine.look(function).value;
      });
    }
  });
  print("plans without a pause", write(engine, "beside"));
  done = true;
  planner.join();
  std::printf("  (%d plans)\n", plans.load());
  engine.stop();
  loop.join();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/tmp/plan_bench";
  measure_plans();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  measure_writers(folder);
  std::filesystem::remove_all(folder);
}
