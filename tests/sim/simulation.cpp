#include "sim/simulation.h"

#include <limits>

#include "aurora/codec/json.h"
#include "sim/plans.h"
#include "support/builders.h"

namespace aurora::sim {
namespace {

using namespace core;

constexpr Duration kFaultsLast = minutes(4);
constexpr Duration kSettleLast = minutes(15);
constexpr Duration kLookEvery = seconds(10);
constexpr Instant kForEver{std::numeric_limits<int64_t>::max() / 2};

template <typename T>
T over_the_wire(const T& value) {  // what arrives is what the codec makes of it
  Result<T> read = codec::decode_json<T>(codec::encode_json(value));
  AURORA_CHECK(read.ok());
  return std::move(read).value();
}

class Simulation {
 public:
  explicit Simulation(const Options& options)
      : world_(options.seed),
        network_(world_),
        scheduler_(world_, [this](const HostId& to, HostEvent order) { deliver(to, std::move(order)); }),
        workload_(world_, scheduler_),
        is_whole_(options.plant == Plant::None) {
    world_.verbose = options.verbose;
    if (options.plant == Plant::EffectBeforeDone) scheduler_.early = Scheduler::Early::Effect;
    if (options.plant == Plant::AnswerBeforeDurable) scheduler_.early = Scheduler::Early::Answer;
    if (options.plant == Plant::ReadBeforeDurable) scheduler_.early = Scheduler::Early::Read;
    scheduler_.record_to = options.record;
    scheduler_.kills_only_once = options.plant == Plant::KillSentOnce;
    scheduler_.forgets_marks = options.plant == Plant::MarksForgotten;
    scheduler_.kills_unknown = options.plant == Plant::KillUnknown;
    scheduler_.on_rolled_back = [this] {
      world_.store_was_rolled_back = true;
      checks_.accept_runs();
      workload_.expect_nothing();
      checks_.forget_launches();
    };
    scheduler_.pauses_count = options.plant == Plant::StallCounts;
    checks_.is_well_since = [this](const HostId& id) {
      const Instant since = std::max(find_host(id)->is_well_since(), network_bad_until_);
      return since + scheduler_.paused_since(since);  // when nobody could hear it
    };
    if (options.plant == Plant::SyncSkipped) scheduler_.skip_syncs();
    scheduler_.ignores_statuses = options.plant == Plant::DigestWithoutStatus;
    const auto count = static_cast<int>(2 + world_.rng.below(4));
    for (int i = 0; i < count; ++i) {
      core::Host record = test::a_host("h" + std::to_string(i), "r" + std::to_string(i % 2));
      record.capacity.cpus = static_cast<double>(4 + world_.rng.below(13));
      record.capacity.gpus = static_cast<int64_t>(world_.rng.below(4));
      record.capacity.revocable_cpus = static_cast<double>(world_.rng.below(5));
      hosts_.push_back(std::make_unique<Host>(world_, record, live_, [this](Host& host, ReportTasks report) {
        send_report(host, std::move(report));
      }));
      hosts_.back()->launches_are_not_idempotent = options.plant == Plant::LaunchNotIdempotent;
      Machine& machine = hosts_.back()->machine();
      machine.buries_newborns = options.plant == Plant::BuryNewborn;
      machine.forgets_health = options.plant == Plant::HealthForgotten;
      machine.cuts_tails = options.plant == Plant::JournalTailCut;
      if (options.plant == Plant::KillRepeats) machine.repeat_kills();
    }
  }

  Outcome run() {
    scheduler_.start();
    for (const auto& host : hosts_) host->start();
    workload_.run();
    workload_.read();
    world_.after(seconds(5), [this] { make_fault(); });
    const Instant start = world_.now();
    world_.run_until(start + kFaultsLast, [this] { check(); });
    heal();
    settle(start + kFaultsLast + kSettleLast);
    Plans plans(world_, scheduler_, [this](Duration time) { world_.run_until(world_.now() + time, [this] { check(); }); });
    if (!world_.violation() && is_whole_) {
      workload_.expect_nothing();
      plans.run();
    }
    Outcome outcome{world_.violation(), scheduler_.rounds(), 0, checks_.seen()};
    if (scheduler_.is_up()) {
      outcome.tasks = scheduler_.durable().list_tasks({}).size();
    }
    outcome.seen.cron_runs = scheduler_.cron().runs();
    outcome.seen.cron_missed = scheduler_.cron().missed();
    outcome.seen.in_flight_max = scheduler_.in_flight_max();
    outcome.seen.rounds_lost = scheduler_.rounds_lost();
    outcome.seen.reads_lost = scheduler_.reads_lost();
    outcome.seen.waits_for_outbox = scheduler_.waits_for_outbox();
    outcome.seen.plans = plans.compared();
    outcome.seen.plans_waiting = plans.waiting();
    outcome.seen.planned_victims = plans.victims();
    return outcome;
  }

 private:
  Host* find_host(const HostId& id) {
    for (const auto& host : hosts_) {
      if (host->name() == id.value()) return host.get();
    }
    return nullptr;
  }

  void deliver(const HostId& to, HostEvent order) {
    if (auto* launch = std::get_if<LaunchRequested>(&order)) {
      for (Task& task : launch->tasks) {
        checks_.note_launch(task);
        world_.note("scheduler: launch " + task.id.value() + " on " + to.value());
        task = over_the_wire(task);
      }
    }
    if (const auto* kill = std::get_if<KillRequested>(&order)) {
      for (const TaskId& id : kill->task_ids)
        world_.note("scheduler: kill " + id.value() + " on " + to.value());
    }
    network_.send(to.value(), Way::ToHost, [this, to, order] {
      if (Host* host = find_host(to)) host->receive(order);
    });
  }

  // Ends are final, and whoever forgets one may run a job twice: nobody is deceived about them.
  static bool is_news(const ReportTasks& report) {
    return !report.host && !report.complete && !report.digest && !report.leaving &&
           std::ranges::none_of(report.tasks,
                                [](const TaskReport& task) { return is_terminal(task.status); });
  }

  void send_report(Host& host, ReportTasks report) {
    if (host.is_deceived() && is_news(report) && world_.chance(0.5)) {
      world_.note(host.name() + ": " + std::to_string(report.tasks.size()) +
                  " news acknowledged and forgotten");
      return world_.after(milliseconds(5), [to = &host, sequence = report.sequence] {
        to->receive(ReportAnswered{sequence, ReportTasks::Answer{.accepted = true}});
      });
    }
    const std::set<TaskId> ids = report.leaving ? std::set<TaskId>() : host.list_active();
    network_.send(
        host.name(), Way::ToScheduler, [this, to = &host, ids, report = over_the_wire(report)]() mutable {
          if (scheduler_.ignores_statuses) scheduler_.leave_out_statuses(report, ids);
          scheduler_.submit(report, [this, to, sequence = report.sequence](const Result<Answer>& answer) {
            if (!answer.ok())
              return world_.fail(to->name() + ": its report is refused: " + answer.error().message);
            network_.send(to->name(), Way::ToHost,
                          [to, sequence, said = std::get<ReportTasks::Answer>(*answer)] {
                            to->receive(ReportAnswered{sequence, over_the_wire(said)});
                          });
          });
        });
  }

  void make_fault() {
    if (healed_) return;
    Host& host = *hosts_[world_.rng.below(hosts_.size())];
    const auto restart_later = [&] {
      world_.after(world_.between(milliseconds(500), seconds(40)), [&host] { host.start(); });
    };
    const uint64_t kinds = network_is_good_ ? 18 : 23;  // the network's come last
    switch (world_.rng.below(kinds)) {
      case 0:
        scheduler_.crash();
        break;
      case 1:
        scheduler_.crash_in_next_commit();
        break;
      case 2:
        world_.chance(0.3) ? host.stop() : host.crash();
        restart_later();
        break;
      case 3:
        host.lose_power();
        restart_later();
        break;
      case 4:
        host.crash_in_next_commit();
        break;
      case 5:
        cut(host);
        break;
      case 6:  // gone for so long that its tasks are given up
        host.lose_power();
        world_.after(world_.between(seconds(25), seconds(90)), [&host] { host.start(); });
        break;
      case 7:
      case 8:
        scheduler_.pause(pause_time());
        break;
      case 9:
        stall_disk();
        break;
      case 10:
        host.pause(pause_time());
        break;
      case 11:
        host.machine().pause_a_runner(pause_time());
        break;
      case 12:
        host.machine().pause_nursery(world_.between(seconds(1), seconds(30)));
        world_.after(world_.between(milliseconds(100), seconds(10)), [&host] { host.crash(); });
        world_.after(world_.between(seconds(10), seconds(20)), [&host] { host.start(); });
        break;
      case 13:
        host.crash();
        host.machine().damage_journal();
        restart_later();
        break;
      case 14:
        scheduler_.copy_store();
        world_.after(world_.between(seconds(5), minutes(2)), [this] {
          if (!healed_) scheduler_.roll_back();
        });
        break;
      case 15:
        host.kill_for_a_stranger(runs_on(host));
        break;
      case 16:
        host.deceive(world_.between(seconds(5), minutes(2)));
        break;
      case 17:
        scheduler_.silence_hosts(pause_time());
        break;
      case 18:
        set_quality(0.3, 0.3, seconds(3));
        break;
      case 19:
        set_quality(0.05, 0.1, milliseconds(200));
        break;
      case 20:
        scheduler_.set_clock_by(clock_jump());
        network_bad_until_ = kForEver;  // hosts are given up sooner while it catches up
        break;
      case 21:
        host.set_clock_by(clock_jump());
        host.on_trouble(kForEver);
        break;
      default:
        set_quality(0, 0.5, seconds(40));
        break;
    }
    world_.after(world_.between(milliseconds(500), seconds(20)), [this] { make_fault(); });
  }

  std::set<TaskId> runs_on(const Host& host) const {
    std::set<TaskId> runs;
    for (const auto& [id, where] : live_) {
      if (where == host.name()) runs.insert(id);
    }
    return runs;
  }

  void set_quality(double drop, double repeat, Duration delay_max) {
    network_.set_quality(drop, repeat, delay_max);
    network_bad_until_ = kForEver;
  }

  // A hiccup, or longer than anybody is waited for.
  Duration pause_time() {
    return world_.chance(0.5) ? world_.between(seconds(2), seconds(20))
                              : world_.between(seconds(20), minutes(2));
  }

  void stall_disk() {  // now and then the scheduler dies before that is over
    const Duration time = pause_time();
    scheduler_.stall_disk(time);
    if (!world_.chance(0.4)) return;
    world_.after(world_.between(milliseconds(1), time), [this] {
      if (!healed_) scheduler_.crash();
    });
  }

  void cut(Host& host) {  // both ways, or one of them
    const Duration time = world_.between(seconds(1), seconds(60));
    host.on_trouble(world_.now() + time);
    const uint64_t way = world_.rng.below(4);
    if (way != 0) network_.cut(host.name(), Way::ToHost, time);
    if (way != 1) network_.cut(host.name(), Way::ToScheduler, time);
  }

  // A resumed machine, or a time daemon that corrects a wrong clock.
  Duration clock_jump() {
    return world_.chance(0.5) ? world_.between(seconds(5), hours(2))
                              : Duration{} - world_.between(seconds(5), minutes(3));
  }

  void judge_decisions() {
    if (scheduler_.rounds() == judged_rounds_) return;
    judged_rounds_ = scheduler_.rounds();
    const auto wronged = scheduler_.engine().look(
        [this](const Cluster& decided) { return checks_.find_wrongly_given_up(decided, world_.now()); });
    if (wronged.value) world_.fail(*wronged.value);
    const auto needless = scheduler_.engine().look(
        [this](const Cluster& decided) { return checks_.find_needless_victim(decided, scheduler_.now()); });
    if (needless.value) world_.fail(*needless.value);
    const auto intruder = scheduler_.engine().look(
        [this](const Cluster& decided) { return checks_.find_intruder(decided, scheduler_.now()); });
    if (intruder.value) world_.fail(*intruder.value);
  }

  void check() {
    if (!scheduler_.is_up()) return;
    judge_decisions();
    if (scheduler_.bytes_written() == checked_bytes_) return;
    checked_bytes_ = scheduler_.bytes_written();
    if (auto broken = checks_.find_violation(scheduler_.durable(), workload_))
      world_.fail(*broken);
  }

  void heal() {
    world_.note("all is well from now on");
    healed_ = true;
    workload_.stop();
    network_.heal();
    scheduler_.hear_hosts();
    scheduler_.start();
    const bool one_stays_away = world_.chance(0.3);  // for good: what ran there runs elsewhere
    if (one_stays_away) hosts_.back()->lose_power();
    for (const auto& host : hosts_) {
      if (host == hosts_.back() && one_stays_away) {
        host->leave();
      } else {
        host->start();
      }
    }
    workload_.finish_updates();
    // Every timeout is over by then, and so is what may keep a task that is told to end, on a clock that runs half as fast.
    world_.after(minutes(6), [this] {
      if (scheduler_.is_up()) refuse_endless_drains();
      workload_.finish_maintenance();
    });
    const std::unique_ptr<Host>& deceived =
        hosts_[world_.rng.below(hosts_.size())];  // the last of all faults
    if (world_.chance(0.5)) deceived->deceive(world_.between(seconds(5), seconds(60)));
  }

  void refuse_endless_drains() {
    const auto stuck = scheduler_.engine().look([](const Cluster& cluster) {
      std::string name;
      for (const core::Host* host : cluster.list_hosts()) {
        const bool is_known = cluster.list_unknown_tasks(host->id).empty();
        if (host->mode == MaintenanceMode::Draining && is_known) name = host->id.value();
      }
      return name;
    });
    if (!stuck.value.empty()) world_.fail("the drain of " + stuck.value + " does not end");
  }

  // Jobs keep failing and coming back, so one look may catch a move: it must be still at one of the looks.
  void settle(Instant end) {
    std::optional<std::string> unsettled = "nothing was looked at";
    while (!world_.violation() && unsettled && world_.now() < end) {
      world_.run_until(world_.now() + kLookEvery, [this] { check(); });
      if (!scheduler_.is_up()) continue;
      const auto looked = scheduler_.engine().look([this](const Cluster& cluster) {
        return checks_.find_unsettled(cluster, live_, scheduler_.now());
      });
      unsettled = looked.value;
      if (!unsettled && !workload_.is_maintenance_over()) unsettled = "hosts are in maintenance";
      if (!unsettled) unsettled = scheduler_.cron().find_late(scheduler_.durable(), scheduler_.now());
      if (unsettled) tell("not settled: " + *unsettled);
    }
    if (unsettled && !world_.violation()) world_.fail("after the network has healed: " + *unsettled);
  }

  void tell(const std::string& what) {
    world_.note(what);
    if (!world_.verbose) return;
    std::string updates;
    for (const JobUpdate* update : scheduler_.durable().list_active_updates())
      updates += codec::encode_json(*update) + " ";
    world_.note("active updates: " + updates);
  }

  World world_;
  LiveRuns live_;
  Network network_;
  Scheduler scheduler_;
  Workload workload_;
  const bool is_whole_;  // no bug is planted
  Checks checks_;
  std::vector<std::unique_ptr<Host>> hosts_;
  size_t checked_bytes_ = 0;
  uint64_t judged_rounds_ = 0;
  const bool network_is_good_ = world_.chance(0.4);  // then whoever is not heard has a reason
  Instant network_bad_until_;
  bool healed_ = false;
};

}  // namespace

Outcome simulate(const Options& options) { return Simulation(options).run(); }

}  // namespace aurora::sim
