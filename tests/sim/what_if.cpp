#include "sim/what_if.h"

#include <algorithm>

#include "aurora/codec/json.h"
#include "aurora/scheduler/what_if.h"
#include "scheduler/state_of.h"
#include "sim/host.h"
#include "sim/scheduler.h"
#include "support/builders.h"

namespace aurora::sim {
namespace {

using namespace core;
using scheduler::Forecast;
using scheduler::WhatIf;

constexpr Duration kComesToRest = minutes(4);
constexpr double kSlot = 1;  // of a task with its executor, in cores
constexpr char kAnybody[] = "preemptible";
constexpr char kBetter[] = "preferred";

// Class and reason of those that wait, and how many there are.
using Waiters = std::map<std::pair<std::string, std::string>, int64_t>;

std::string to_text(const Waiters& waiters) {
  std::string text;
  for (const auto& [key, count] : waiters) text += std::to_string(count) + " " + key.first + " (" + key.second + ") ";
  return text.empty() ? "none" : text;
}

// Without the hosts and the moment that one of them names: these are drawn.
std::string without_names(const std::string& reason) { return reason.starts_with("Held back") ? "Held back" : reason; }
bool has_held_back(const Waiters& waiters) {
  return std::ranges::any_of(waiters, [](const auto& waiter) { return waiter.first.second == "Held back"; });
}

int64_t size_of(const std::vector<InstanceRange>& ranges) {
  int64_t size = 0;
  for (const auto& [first, last] : ranges) size += last - first + 1;
  return size;
}

class Trial {
 public:
  Trial(uint64_t seed, bool verbose)
      : world_(seed), scheduler_(world_, [this](const HostId& to, HostEvent order) { deliver(to, std::move(order)); }) {
    world_.verbose = verbose;
    const uint64_t count = 3 + world_.rng.below(6);
    for (uint64_t i = 0; i < count; ++i) add_host(make_host("h" + std::to_string(i), "r" + std::to_string(i % 3)));
  }

  WhatIfOutcome run() {
    scheduler_.start();
    for (const auto& host : hosts_) host->start();
    world_.after(seconds(1), [this] { fill(); });
    rest();
    if (world_.violation()) return {"before: " + *world_.violation(), ""};
    const Forecast forecast = foresee();
    if (outcome_.difference) return outcome_;
    const Instant begun = scheduler_.now();
    act();
    world_.run_until(world_.now() + forecast.took, [] {});  // a drain may take that long by the policies of its jobs
    rest();
    if (world_.violation()) return {"afterwards: " + *world_.violation(), outcome_.change};
    compare(forecast, begun);
    return outcome_;
  }

 private:
  core::Host make_host(const std::string& name, const std::string& rack) {
    core::Host host = test::a_host(name, rack);
    host.capacity.cpus = kSlot * static_cast<double>(2 + world_.rng.below(5));
    return host;
  }

  Host& add_host(const core::Host& record) {
    hosts_.push_back(std::make_unique<Host>(world_, record, live_, [this](Host& host, ReportTasks report) { send_report(host, std::move(report)); }));
    return *hosts_.back();
  }

  Host* find_host(const HostId& id) {
    for (const auto& host : hosts_) {
      if (host->name() == id.value()) return host.get();
    }
    return nullptr;
  }

  void deliver(const HostId& to, HostEvent order) {
    world_.after(milliseconds(5), [this, to, order] {
      if (Host* host = find_host(to)) host->receive(order);
    });
  }

  void send_report(Host& host, ReportTasks report) {
    world_.after(milliseconds(5), [this, to = &host, report] {
      scheduler_.submit(report, [this, to, sequence = report.sequence](const Result<Answer>& answer) {
        if (!answer.ok()) return world_.fail(to->name() + ": its report is refused: " + answer.error().message);
        world_.after(milliseconds(5), [to, sequence, said = std::get<ReportTasks::Answer>(*answer)] {
          to->receive(ReportAnswered{sequence, said});
        });
      });
    });
  }

  JobConfiguration make_job(const std::string& name) {
    TaskConfig config = test::a_service("www/prod/" + name);
    config.metadata = {{"behaviour", "obey"}};
    config.resources.cpus = kSlot - 0.25;
    config.tier = world_.chance(0.35) ? kBetter : kAnybody;
    config.production = config.tier == kBetter;
    if (world_.chance(0.15)) config.constraints.push_back({"rack", ValueConstraint{false, {"nowhere"}}});
    if (world_.chance(0.1)) config.resources.cpus = 100;
    const auto instances = static_cast<int32_t>(1 + world_.rng.below(7));
    if (config.tier == kAnybody && instances > 1 && world_.chance(0.3)) config.sla_policy = CountSlaPolicy{1, 2};
    return test::a_job_of(config, instances);
  }

  template <typename C>
  void submit(C command) {
    scheduler_.submit(std::move(command), [this](const Result<Answer>& answer) {
      if (!answer.ok()) world_.fail("the scheduler refuses: " + answer.error().message);
    });
  }

  void fill() {
    submit(SetQuota{{"www", {.cpus = 10'000, .ram_mb = 1 << 24, .disk_mb = 1 << 24}}, "user"});
    const uint64_t jobs = 1 + world_.rng.below(5);
    for (uint64_t i = 0; i < jobs; ++i) submit(CreateJob{make_job("job" + std::to_string(i)), "user"});
  }

  void rest() { world_.run_until(world_.now() + kComesToRest, [] {}); }

  HostId any_host() { return HostId(hosts_[world_.rng.below(hosts_.size())]->name()); }

  void choose() {
    const auto say = [this](const std::string& what) { outcome_.change += (outcome_.change.empty() ? "" : ", ") + what; };
    do {
      if (world_.chance(0.4)) {
        changes_.lose.insert(any_host());
        say("lose " + changes_.lose.begin()->value());
      }
      if (world_.chance(0.15)) {
        const std::string rack = "r" + std::to_string(world_.rng.below(3));
        for (const auto& [id, host] : records()) {
          if (host.attributes.at("rack").contains(rack)) changes_.lose.insert(id);
        }
        say("lose rack " + rack);
      }
      if (world_.chance(0.3)) {
        changes_.drain.insert(any_host());
        say("drain " + changes_.drain.begin()->value());
      }
      if (world_.chance(0.3)) {
        changes_.add_hosts.push_back(make_host("new" + std::to_string(changes_.add_hosts.size()), "r9"));
        say("add a host");
      }
      if (world_.chance(0.5)) {
        changes_.add.push_back(make_job("added" + std::to_string(changes_.add.size())));
        say("add " + std::to_string(changes_.add.back().instance_count) + " " + changes_.add.back().task_config.tier + " tasks");
      }
    } while (outcome_.change.empty());
    for (const HostId& host : changes_.lose) changes_.drain.erase(host);
  }

  std::map<HostId, core::Host> records() {
    std::map<HostId, core::Host> all;
    for (const core::Host* host : scheduler_.durable().list_hosts()) all[host->id] = *host;
    return all;
  }

  Forecast foresee() {
    choose();
    scheduler::CopiedState copy{.cluster_id = kClusterId, .at = scheduler_.now(), .changes = scheduler::state_of(scheduler_.durable())};
    const auto forecast = scheduler::forecast(std::move(copy), changes_, scheduler_.engine().settings());
    if (forecast.ok() && forecast->unsettled.empty()) return *forecast;
    outcome_.difference = forecast.ok() ? "the forecast does not settle: " + forecast->unsettled : forecast.error().message;
    return {};
  }

  void act() {
    for (const core::Host& record : changes_.add_hosts) add_host(record).start();
    for (const HostId& id : changes_.lose) {
      find_host(id)->lose_power();
      find_host(id)->leave();
    }
    if (!changes_.drain.empty()) submit(DrainHosts{.hosts = changes_.drain, .terms = scheduler::drain_terms(), .user = "whatif"});
    for (const JobConfiguration& job : changes_.add) submit(CreateJob{job, "whatif"});
  }

  size_t preempted_since(Instant begun) const {
    const auto counts = [begun](const TaskEvent& event) { return event.status == TaskStatus::Preempting && event.timestamp >= begun; };
    size_t count = 0;
    for (const Task* task : scheduler_.durable().list_tasks({}))
      count += static_cast<size_t>(std::ranges::count_if(task->events, counts));
    return count;
  }

  void compare(const Forecast& forecast, Instant begun) {
    Waiters foreseen;
    for (const scheduler::Waiting& waiting : forecast.pending) {
      const TaskConfig* config = find_config(waiting.job);
      if (config != nullptr) foreseen[{config->tier, without_names(waiting.reason)}] += size_of(waiting.instances);
    }
    bool is_drawn = false;
    for (const scheduler::DrainedHost& drained : forecast.drains) {
      std::set<std::string> tiers;
      for (const std::string& job : drained.jobs) tiers.insert(tier_of(test::a_key(job)));
      is_drawn = is_drawn || tiers.size() > 1;  // how many of each stay
      if (!tiers.empty()) add_kept(drained.tasks, *tiers.begin(), foreseen);
    }
    auto looked = scheduler_.engine().look([](const Cluster& cluster) {
      Waiters waiters;
      for (const auto& [hash, group] : cluster.pending_groups()) {
        const PendingReason* reason = cluster.find_pending_reason(hash);
        for (const WaitingTask& waiting : group)
          ++waiters[{waiting.task->config->tier, reason == nullptr ? "" : without_names(reason->reason)}];
      }
      return waiters;
    });
    for (const auto& [key, count] : looked.value) outcome_.pending += static_cast<size_t>(count);
    for (const HostId& host : changes_.drain) {
      for (const Task* task : scheduler_.durable().list_host_tasks(host)) add_kept(1, task->config->tier, looked.value);
    }
    outcome_.preempted = preempted_since(begun);
    // Whether tasks that are added go to hosts that have just been lost, and are held back for it, is drawn.
    outcome_.is_left_open = foreseen != looked.value && (is_drawn || has_held_back(foreseen) || has_held_back(looked.value));
    if (outcome_.is_left_open) return;
    if (foreseen != looked.value) {
      outcome_.difference = "foreseen to wait: " + to_text(foreseen) + "; really: " + to_text(looked.value);
      return;
    }
    const size_t more = std::max(forecast.preempted.size(), outcome_.preempted) - std::min(forecast.preempted.size(), outcome_.preempted);
    if (more <= contenders(forecast) + std::min(forecast.preempted.size(), outcome_.preempted)) return;
    outcome_.difference = "foreseen to be preempted: " + std::to_string(forecast.preempted.size()) + "; really: " + std::to_string(outcome_.preempted);
  }

  // A task that may not leave a draining host, since another of its job waits, takes no room elsewhere: which of a job wait is
  // drawn, so those that stay are counted with those that wait.
  static void add_kept(int64_t tasks, const std::string& tier, Waiters& waiters) {
    if (tasks > 0) waiters[{tier, "Insufficient: CPU"}] += tasks;
  }
  std::string tier_of(const JobKey& job) const {
    const TaskConfig* config = find_config(job);
    return config == nullptr ? kAnybody : config->tier;
  }

  // Tasks outside production that look for a host at the same time: whoever takes a free place first, one task more or less
  // has to go for those in production. So does one whose victim came back first.
  size_t contenders(const Forecast& forecast) const {
    const auto is_anybody = [&](const JobKey& job) { return tier_of(job) == kAnybody; };
    size_t count = 0;
    for (const scheduler::Moved& moved : forecast.moved) count += is_anybody(moved.job) ? 1 : 0;
    for (const scheduler::Moved& moved : forecast.preempted) count += moved.to.empty() ? 0 : 1;
    for (const scheduler::Waiting& waiting : forecast.pending) {
      if (waiting.waited_before && is_anybody(waiting.job)) count += static_cast<size_t>(size_of(waiting.instances));
    }
    for (const JobConfiguration& job : changes_.add) count += job.task_config.tier == kAnybody ? static_cast<size_t>(job.instance_count) : 0;
    return count;
  }

  const TaskConfig* find_config(const JobKey& job) const { return scheduler_.durable().find_config(job); }

  World world_;
  LiveRuns live_;
  Scheduler scheduler_;
  std::vector<std::unique_ptr<Host>> hosts_;
  WhatIf changes_;
  WhatIfOutcome outcome_;
};

}  // namespace

WhatIfOutcome compare_what_if(uint64_t seed, bool verbose) { return Trial(seed, verbose).run(); }

}  // namespace aurora::sim
