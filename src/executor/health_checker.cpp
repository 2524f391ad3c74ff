#include "aurora/executor/health_checker.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/base/overloaded.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "executor/checked_task.h"

namespace aurora::executor {
namespace {

constexpr Duration kLongestWait = minutes(1);
constexpr Duration kLookEvery = milliseconds(250);  // while something is waited for
constexpr Duration kOverslept = milliseconds(250);  // more than that, and it was not us who slept
constexpr Duration kTick = milliseconds(10);        // checks that are due in one begin at its end: one wake-up
constexpr size_t kStartsPerRound = 8;               // then those that are on their way have their turn
constexpr const char* kMark = "AURORA_HEALTH_CHECK";

struct Watch {
  core::TaskId task_id;
  bool is_healthy = false;
};
struct ShutDown {
  core::TaskId task_id;
};
struct Leave {
  core::TaskId task_id;
};
using Order = std::variant<Watch, ShutDown, Leave>;

Duration end_of_tick(Duration moment) {
  return milliseconds((moment.ms + kTick.ms - 1) / kTick.ms * kTick.ms);
}

// Checks that an executor before us left running when it was killed.
void end_leftovers(const std::string& mark) {
  for (const int pid : os::list_processes()) {
    if (os::environment_of(pid, kMark) == mark) os::send_signal(pid, SIGKILL);
  }
}

}  // namespace

class HealthChecker::Thread {
 public:
  Thread(HealthCheckerConfig config, const Clock& clock)
      : config_(std::move(config)),
        clock_(clock),
        setting_{.work = config_.work,
                 .clock = clock,
                 .poller = poller_,
                 .records = records_,
                 .deliver = nullptr,
                 .bury = [this](os::Fd process) { bury(std::move(process)); },
                 .mark = std::string(kMark) + "=" + config_.work.state,
                 .shell_checks_switch_user = config_.shell_checks_switch_user} {}
  ~Thread() { stop(); }

  void start(Deliver deliver) {
    setting_.deliver = std::move(deliver);
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    poller_.wake();
    if (thread_.joinable()) thread_.join();
  }
  void take(Order order) {
    {
      const std::lock_guard lock(mutex_);
      orders_.push_back(std::move(order));
    }
    poller_.wake();
  }
  const HealthRecords& records() const { return records_; }

 private:
  using Key = uint64_t;
  struct Entry {
    core::TaskId task_id;
    CheckedTask task;
    std::optional<Duration> armed = {};  // its timer
    bool is_waited_for = false;
  };

  void run() {
    end_leftovers(config_.work.state);
    looked_at_ = clock_.monotonic();
    while (perform_orders()) {
      const Duration planned = next_wait();
      const std::vector<Key> ready = poller_.wait(planned);
      pass_time(planned);
      for (const Key key : ready) go_on(key);
      fire_timers();
    }
    entries_.clear();
  }

  // However long we do not look, no more than a short time passes for what is waited for.
  Duration next_wait() const {
    const Duration longest = waited_for_ > 0 ? kLookEvery : kLongestWait;
    return timers_.empty() ? longest : std::clamp(timers_.begin()->first - now_, Duration{}, longest);
  }

  void pass_time(Duration planned) {
    const Duration before = std::exchange(looked_at_, clock_.monotonic());
    now_ = now_ + std::min(looked_at_ - before, planned + kOverslept);
  }

  // False when it is to stop.
  bool perform_orders() {
    std::vector<Order> orders;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return false;
      orders.swap(orders_);
    }
    for (const Order& order : orders) {
      std::visit(Overloaded{
                     [&](const Watch& o) { watch(o); },
                     [&](const ShutDown& o) { shut_down(o.task_id); },
                     [&](const Leave& o) { leave(o.task_id); },
                 },
                 order);
    }
    return true;
  }

  void watch(const Watch& order) {
    Entry* entry = find_or_add(order.task_id);
    if (entry == nullptr) return;
    entry->task.watch(order.is_healthy, now_);
    arm(*entry);
  }

  void shut_down(const core::TaskId& task_id) {
    Entry* entry = find_or_add(task_id);
    if (entry == nullptr) return setting_.deliver(core::ShutdownDone{task_id});
    entry->task.shut_down(now_);
    arm(*entry);
  }

  void leave(const core::TaskId& task_id) {
    records_.end(task_id);
    const auto known = keys_.find(task_id);
    if (known == keys_.end()) return;
    count(entries_.at(known->second), false);
    disarm(entries_.at(known->second), known->second);
    entries_.erase(known->second);
    keys_.erase(known);
  }

  Entry* find_or_add(const core::TaskId& task_id) {
    if (const auto known = keys_.find(task_id); known != keys_.end()) return &entries_.at(known->second);
    Result<RunnerPlan> plan = read_checked_plan(config_.work.paths_of(task_id));
    if (!plan.ok()) {  // it was there when its runner started
      log_error("executor",
                task_id.value() + " is neither checked nor asked to end: " + plan.error().message);
      return nullptr;
    }
    plan->plan = {};  // its processes are the runner's, and may be large
    const Key key = ++last_key_;
    keys_[task_id] = key;
    return &entries_.try_emplace(key, Entry{task_id, CheckedTask(setting_, key, *std::move(plan)), {}})
                .first->second;
  }

  void go_on(Key key) {
    if (const auto dead = dead_.find(key); dead != dead_.end()) {
      os::reap_through(dead->second);
      dead_.erase(dead);
      return;
    }
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    entry->second.task.go_on(now_);
    arm(entry->second);
  }

  void fire_timers() {
    for (size_t left = kStartsPerRound; left > 0 && !timers_.empty() && timers_.begin()->first <= now_;
         --left) {
      Entry& entry = entries_.at(timers_.begin()->second);
      entry.task.on_timer(now_);
      arm(entry);
    }
  }

  void arm(Entry& entry) {
    const Key key = keys_.at(entry.task_id);
    count(entry, entry.task.is_waited_for());
    std::optional<Duration> due = entry.task.due();
    if (due) due = end_of_tick(*due);
    if (entry.armed == due) return;
    disarm(entry, key);
    entry.armed = due;
    if (entry.armed) timers_.emplace(*entry.armed, key);
  }
  void count(Entry& entry, bool is_waited_for) {
    waited_for_ += static_cast<int>(is_waited_for) - static_cast<int>(entry.is_waited_for);
    entry.is_waited_for = is_waited_for;
  }
  void disarm(Entry& entry, Key key) {
    if (entry.armed) timers_.erase({*entry.armed, key});
    entry.armed.reset();
  }

  // One that was killed, and that somebody has to reap when it has ended.
  void bury(os::Fd process) {
    const Key key = ++last_key_;
    poller_.remove(process);
    if (poller_.add(process, key).ok()) dead_.emplace(key, std::move(process));
  }

  const HealthCheckerConfig config_;
  const Clock& clock_;
  HealthRecords records_;
  os::Poller poller_;
  CheckedTask::Setting setting_;
  Duration now_;        // our own time
  Duration looked_at_;  // monotonic
  Key last_key_ = 0;
  std::map<Key, os::Fd> dead_;
  std::map<Key, Entry> entries_;
  std::map<core::TaskId, Key> keys_;
  std::set<std::pair<Duration, Key>> timers_;
  int waited_for_ = 0;  // entries

  std::mutex mutex_;
  std::vector<Order> orders_;
  bool is_stopping_ = false;
  std::thread thread_;
};

HealthChecker::HealthChecker(HealthCheckerConfig config, const Clock& clock)
    : thread_(std::make_unique<Thread>(std::move(config), clock)) {}
HealthChecker::~HealthChecker() = default;

void HealthChecker::start(Deliver deliver) { thread_->start(std::move(deliver)); }
void HealthChecker::stop() { thread_->stop(); }

void HealthChecker::watch(const core::TaskId& task_id, bool is_healthy) {
  thread_->take(Watch{task_id, is_healthy});
}
void HealthChecker::shut_down(const core::TaskId& task_id) { thread_->take(ShutDown{task_id}); }
void HealthChecker::leave(const core::TaskId& task_id) { thread_->take(Leave{task_id}); }

const HealthRecords& HealthChecker::records() const { return thread_->records(); }

}  // namespace aurora::executor
