#include "aurora/executor/posix_runner_host.h"

#include <csignal>
#include <map>
#include <set>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/base/seen_time.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "executor/burial.h"
#include "executor/checkpoint_lock.h"
#include "executor/nursery_link.h"
#include "executor/releases.h"
#include "executor/runner_search.h"
#include "executor/survivors.h"
#include "executor/task_preparer.h"

namespace aurora::executor {
namespace {

using core::HostTasks;
using core::RunHistory;
using core::TaskId;

constexpr uint64_t kProgressKey = 1;
constexpr uint64_t kNurseryKey = 2;
constexpr uint64_t kChildrenKey = 3;
constexpr Duration kPatience = seconds(5);  // with a runner's parent
constexpr Duration kLookAgain = milliseconds(20);
constexpr Duration kLookAgainMax = seconds(1);
constexpr size_t kUnbornMax =
    100;  // a nursery that stands still must not fill its channel, which makes us wait
constexpr size_t kPreparedMax = 16;  // wait to be prepared; the rest waits in the host loop, where a kill finds it
constexpr size_t kImagesPreparedMax = 10'000;  // so that those without an image do not wait behind them
constexpr int kCleanLooks = 3;
constexpr Duration kReapPause = milliseconds(500);  // of orphans, however many end
constexpr Duration kEndAtOnce = milliseconds(200);
constexpr int kProgressBytes = 1 << 20;  // some 15,000 messages of runners

const char* const kNotInitialized = "Task initialization failed: ";

class PosixRunnerHost final : public RunnerHost {
 public:
  PosixRunnerHost(PosixRunnerConfig config, os::Fd progress, os::Fd ended_children)
      : config_(std::move(config)), progress_(std::move(progress)), ended_children_(std::move(ended_children)), releases_(config_.confiner),
        preparer_(config_, TaskPreparer::Images::AreHere, kPreparedMax, [this] { wake(); }),
        image_preparer_(config_, TaskPreparer::Images::MayTakeLong, kImagesPreparedMax, [this] { wake(); }) {
    AURORA_CHECK(poller_.add(progress_, kProgressKey).ok());
    if (ended_children_.is_open()) AURORA_CHECK(poller_.add(ended_children_, kChildrenKey).ok());
  }

  // Nothing of ours is left when the last task has ended before us.
  ~PosixRunnerHost() override {
    if (nursery_ && runners_.empty()) nursery_->close();
    if (config_.confiner && runners_.empty()) config_.confiner->close();
  }

  Status open_nursery() {  // if there is none
    if (nursery_) return Unit{};
    NurseryLink started = TRY(NurseryLink::start({config_.runner_program, config_.work.state, config_.preserves_environment}, progress_));
    TRY(poller_.add(started.channel(), kNurseryKey));
    nursery_ = std::move(started);
    return Unit{};
  }

  bool can_start() const override { return preparer_.has_room() && image_preparer_.has_room() && unborn_.size() < kUnbornMax; }

  Status start(const core::Task& task, const std::vector<std::string>& gpus) override {
    const uint64_t key = ++last_key_;
    runners_.emplace(key, Runner{.task_id = task.id});
    keys_[task.id] = key;
    releases_.forget(task.id);  // of one that was begun before us, and is begun again
    preparer_.submit(key, {task, gpus});
    return Unit{};
  }

  void request_kill(const TaskId& task_id) override {
    if (Runner* runner = find(task_id)) request_kill(*runner);
  }

  // A runner that does not end because somebody stopped it has not had its time: it gets that once.
  void destroy(const TaskId& task_id) override {
    Runner* runner = find(task_id);
    if (runner == nullptr) return;
    if (!runner->process.is_open()) return request_kill(*runner);
    const auto info = os::find_process(os::pid_of(runner->process));
    const bool is_stopped = info && (info->state == 'T' || info->state == 't');
    if (is_stopped && !std::exchange(runner->was_continued, true)) {
      log_warning("executor", "the runner of " + task_id.value() +
                                  " was stopped, so it could not kill its task; it goes on");
      return os::send_signal_through(runner->process, SIGCONT);
    }
    os::send_signal_through(runner->process, SIGKILL);
  }

  HostTasks::FoundRunner adopt(const TaskId& task_id) override {
    HostTasks::FoundRunner found;
    const TaskPaths paths = config_.work.paths_of(task_id);
    if (const Result<RunnerPlan> plan = read_checked_plan(paths); plan.ok()) found.traits = plan->traits();
    if (found.traits.was_unchecked && !os::exists(paths.launched))
      log_warning("executor", "of a health check of " + task_id.value() +
                                  " the older version that launched it has left nothing: it is not checked");
    auto untied = untied_.extract(task_id);
    const Result<CheckpointLock> lock = CheckpointLock::take(paths.checkpoint);
    const bool is_over = untied.empty() && (lock.ok() || lock.error().code == ErrorCode::NotFound);
    if (is_over) {
      if (!lock.ok()) found.unprepared = read_unprepared(paths);
      if (lock.ok()) found.failed = find_failure(task_id);
      if (lock.ok() && !found.failed) found.end = bury(paths, *lock, std::nullopt);
      return found;
    }
    const uint64_t key = ++last_key_;
    Runner& runner = runners_.emplace(key, Runner{.task_id = task_id}).first->second;
    keys_[task_id] = key;
    found.alive = true;
    runner.traits = found.traits;
    found.started = untied.empty() ? find_born(key) : watch_untied(key, std::move(untied.mapped()));
    if (!found.started) await_birth(key);
    return found;
  }

  std::vector<FoundFolder> list_found() override {
    untied_ = find_untied_runners(config_.work);
    std::vector<FoundFolder> found;
    for (const auto& [task_id, untied] : untied_) found.push_back({task_id, true});
    for (const std::string& name : os::list_names(config_.work.state + "/tasks")) {
      const TaskId task_id(name);
      const Result<CheckpointLock> lock = CheckpointLock::take(config_.work.paths_of(task_id).checkpoint);
      if (!lock.ok() && lock.error().code == ErrorCode::NotFound) continue;  // no runner was ever asked for
      if (!untied_.contains(task_id)) found.push_back({task_id, !lock.ok()});
    }
    return found;
  }
  core::TaskAccepted recover(const TaskId& task_id) override {
    core::TaskAccepted accepted = recover_accepted(config_.work.paths_of(task_id).plan, task_id);
    if (accepted.at == Instant{}) accepted.at = clock_.now();
    return accepted;
  }

  std::vector<core::HostEvent> wait(Duration max) override {
    read_prepared();
    for (const uint64_t key : poller_.wait(early_.empty() ? std::min(max, next_look()) : Duration{})) {
      if (key == kProgressKey) {
        read_progress();
      } else if (key == kNurseryKey) {
        read_births();
      } else if (key == kChildrenKey) {
        expect_orphans();
      } else {
        read_end(key);
      }
    }
    time_.look(Instant{clock_.monotonic().ms});
    look_at_births();
    std::erase_if(dying_, [&](Dying& dying) { return settle(dying); });
    look_for_survivors();
    reap_orphans();
    release_confined();
    return std::exchange(early_, {});
  }
  void wake() override { poller_.wake(); }

 private:
  struct Runner {
    TaskId task_id;
    os::Fd process = {};  // not open before it is born
    bool kill_at_birth = false;
    bool is_asked_for = false;  // of the nursery, by us; before that it is being prepared
    std::string failure = {};   // why it was not born, if the nursery says so
    bool was_continued = false;
    core::RunnerTraits traits = {};
    os::Fd untied_checkpoint = {};  // open if it was taken from its place
  };
  struct Dying {  // ended; its parent may still write down how
    TaskId task_id;
    os::Fd process;
    Duration deadline;  // in seen time
    std::optional<os::ProcessEnd> end;
    os::Fd untied_checkpoint;
  };

  // What has become of the tasks that were to be started; their runners are asked for.
  void read_prepared() {
    std::vector<TaskPreparer::Prepared> all = preparer_.take();
    for (TaskPreparer::Prepared& prepared : image_preparer_.take()) all.push_back(std::move(prepared));
    for (TaskPreparer::Prepared& prepared : all) {
      const auto runner = runners_.find(prepared.key);
      if (prepared.waits_for_image) {
        image_preparer_.submit(prepared.key, *std::move(prepared.waits_for_image));
        if (runner->second.kill_at_birth) image_preparer_.cancel(prepared.key);
        continue;
      }
      const Status asked = prepared.checkpoint.ok() ? ask_for_runner(prepared.key, *prepared.checkpoint)
                                                    : Status(prepared.checkpoint.error());
      if (asked.ok()) {
        runner->second.is_asked_for = true;
        unborn_.insert(prepared.key);
        runner->second.traits = prepared.traits;
        continue;
      }
      if (prepared.taken_port) early_.push_back(core::PortTaken{*prepared.taken_port});
      early_.push_back(failure_of(runner->second.task_id, asked.error()));
      forget(runner);
    }
  }

  Status ask_for_runner(uint64_t key, const os::Fd& checkpoint) {
    const BirthRequest request{key, config_.work.paths_of(runners_.at(key).task_id).folder};
    Status asked = ask_for_runner(request, checkpoint);
    if (!asked.ok() && nursery_) {  // it has died and nobody has noticed yet
      close_nursery();
      asked = ask_for_runner(request, checkpoint);
    }
    if (asked.ok()) return asked;
    return Error{ErrorCode::Internal, std::string(kNotInitialized) + asked.error().message};
  }

  Runner* find(const TaskId& task_id) {
    const auto key = keys_.find(task_id);
    return key == keys_.end() ? nullptr : &runners_.at(key->second);
  }

  core::RunnerStarted started(const TaskId& task_id) {
    const Runner* runner = find(task_id);
    return {task_id, runner != nullptr ? runner->traits : core::RunnerTraits{}};
  }

  void request_kill(Runner& runner) {
    runner.kill_at_birth = !runner.process.is_open();
    if (!runner.process.is_open() && !runner.is_asked_for) image_preparer_.cancel(keys_.at(runner.task_id));
    if (runner.process.is_open()) os::send_signal_through(runner.process, SIGUSR1);
  }

  Status watch(uint64_t key, os::Fd process) {
    TRY(poller_.add(process, key));
    Runner& runner = runners_.at(key);
    runner.process = std::move(process);
    if (runner.kill_at_birth) request_kill(runner);
    return Unit{};
  }

  bool watch_untied(uint64_t key, UntiedRunner untied) {
    Runner& runner = runners_.at(key);
    log_error("executor", "the checkpoint of " + runner.task_id.value() +
                              " was deleted or replaced, but its runner lives: it " +
                              "goes on, and what it has written is there again when it has ended");
    runner.untied_checkpoint = std::move(untied.checkpoint);
    return watch(key, std::move(untied.process)).ok();
  }

  // Until when wait() may sleep if nobody wakes it.
  Duration next_look() const {
    Duration next = hours(1);
    const auto in = [&](Duration at) { return std::max(Duration{}, at - clock_.monotonic()); };
    if (!dying_.empty()) next = std::min(next, kLookAgain);
    if (!newborns_.empty()) next = std::min(next, in(next_birth_look_));
    if (may_have_survivors_) next = std::min(next, in(next_survivor_look_));
    if (may_have_orphans_) next = std::min(next, in(next_reaping_));
    if (const auto release = releases_.next_look()) next = std::min(next, in(*release));
    return next;
  }

  // --- Runners whose birth nobody shows to us: an earlier executor asked for them, or their parent died
  // meanwhile. Only the checkpoint's lock tells whether they will be, are or never were.

  void await_birth(uint64_t key) {
    newborns_.insert(key);
    birth_pause_ = kLookAgain;
    next_birth_look_ = clock_.monotonic() + birth_pause_;
  }

  void look_at_births() {
    if (newborns_.empty() || clock_.monotonic() < next_birth_look_) return;
    birth_pause_ = std::min(birth_pause_ * 2, kLookAgainMax);
    next_birth_look_ = clock_.monotonic() + birth_pause_;
    for (const uint64_t key : std::vector<uint64_t>(newborns_.begin(), newborns_.end())) {
      const TaskId task_id = runners_.at(key).task_id;
      if (find_born(key)) {
        early_.push_back(started(task_id));
        newborns_.erase(key);
      } else if (find_dead(key)) {
        newborns_.erase(key);
      }
    }
  }

  // True when it is there and watched from now on. That the lock is held afterwards shows that the pid is
  // still its own.
  bool find_born(uint64_t key) {
    const TaskId& task_id = runners_.at(key).task_id;
    const std::optional<int> pid = find_runner(config_.work, task_id);
    if (!pid) return false;
    Result<os::Fd> process = os::open_process(*pid);
    return process.ok() && !CheckpointLock::take(config_.work.paths_of(task_id).checkpoint).ok() &&
           watch(key, std::move(*process)).ok();
  }

  // True when it has ended or never was; what follows from that is done.
  bool find_dead(uint64_t key) {
    const auto runner = runners_.find(key);
    const TaskId task_id = runner->second.task_id;
    const TaskPaths paths = config_.work.paths_of(task_id);
    const Result<CheckpointLock> lock = CheckpointLock::take(paths.checkpoint);
    if (!lock.ok()) return false;
    const Result<RunHistory> history = lock->read();
    if (auto failed = find_failure(task_id)) {
      early_.push_back(*std::move(failed));
    } else if (history.ok() && !history->states.empty()) {
      early_.push_back(core::RunnerExited{task_id, bury(paths, *lock, std::nullopt)});
    } else if (!runner->second.is_asked_for) {
      early_.push_back(core::interrupted_start(task_id));
    } else if (!runner->second.failure.empty()) {
      early_.push_back(core::StartFailed{
          task_id, core::TaskStatus::Lost, std::string(kNotInitialized) + runner->second.failure,
          core::EndReason{.cause = core::EndCause::Setup, .detail = runner->second.failure}});
    } else if (const Status asked = ask_for_runner(key, lock->file()); asked.ok()) {
      return true;
    } else {
      early_.push_back(failure_of(task_id, asked.error()));
    }
    forget(runner);
    return true;
  }

  void read_progress() {
    unread_ += os::read_available(progress_);
    size_t newline = 0;
    while ((newline = unread_.find('\n')) != std::string::npos) {
      early_.push_back(started(TaskId(unread_.substr(0, newline))));
      unread_.erase(0, newline + 1);
    }
    next_birth_look_ = {};  // it may be one of those
  }

  Status ask_for_runner(const BirthRequest& request, const os::Fd& checkpoint) {
    TRY(open_nursery());
    return nursery_->request(request, checkpoint);
  }

  void read_births() {
    Result<std::vector<NurseryLink::Born>> births = nursery_->receive();
    if (!births.ok()) return close_nursery();
    for (NurseryLink::Born& born : *births) {
      unborn_.erase(born.birth.id);
      const auto found = runners_.find(born.birth.id);
      if (found == runners_.end()) continue;
      if (born.process.is_open() && watch(born.birth.id, std::move(born.process)).ok()) continue;
      found->second.failure = born.birth.failure;
      await_birth(born.birth.id);
    }
  }

  // After its death; the next runner needs another. Its runners live on. Whom it was asked for, it may have
  // made or not.
  void close_nursery() {
    log_error("executor", "the parent of the runners has died; there will be another");
    poller_.remove(nursery_->channel());
    nursery_->bury();
    nursery_.reset();
    unborn_.clear();
    expect_survivors();
    for (const auto& [key, runner] : runners_) {
      if (runner.is_asked_for && !runner.process.is_open()) await_birth(key);
    }
  }

  void forget(std::map<uint64_t, Runner>::iterator runner) {
    keys_.erase(runner->second.task_id);
    runners_.erase(runner);
  }

  void read_end(uint64_t key) {
    const auto found = runners_.find(key);
    if (found == runners_.end()) return;
    poller_.remove(found->second.process);
    dying_.push_back({found->second.task_id, std::move(found->second.process), time_.seen() + kPatience,
                      std::nullopt, std::move(found->second.untied_checkpoint)});
    forget(found);
  }

  // True when it is known how the runner ended.
  bool settle(Dying& dying) {
    const TaskPaths paths = config_.work.paths_of(dying.task_id);
    if (dying.untied_checkpoint.is_open()) {
      const Status tied = tie_again(config_.work, dying.task_id, std::exchange(dying.untied_checkpoint, {}));
      if (!tied.ok()) log_error("executor", tied.error().message);
    }
    if (!dying.end && (dying.end = os::reap_through(dying.process))) {
      expect_survivors();  // its parent has died, and we are the next
    }
    const Result<RunHistory> history = read_history(paths.checkpoint);
    const bool is_told = history.ok() && history->state() && is_terminal(*history->state());
    if (!is_told && !dying.end && !os::is_reaped(dying.process) && time_.seen() < dying.deadline)
      return false;
    const Result<CheckpointLock> lock = CheckpointLock::take(paths.checkpoint);
    if (!lock.ok() && lock.error().code != ErrorCode::NotFound) return false;
    if (!dying.end) dying.end = os::end_of_stranger(dying.process);
    if (auto failed = find_failure(dying.task_id)) {
      early_.push_back(*std::move(failed));
      return true;
    }
    early_.push_back(core::RunnerExited{
        dying.task_id, lock.ok() ? bury(paths, *lock, dying.end) : end_of_runner(dying.end)});
    return true;
  }

  // What kept its runner from starting anything.
  std::optional<core::StartFailed> find_failure(const TaskId& task_id) const {
    const Result<std::string> failure = os::read_file(config_.work.paths_of(task_id).failure);
    if (!failure.ok() || failure->empty()) return std::nullopt;  // empty: what a full disk has left of it
    return failure_of(task_id, Error{ErrorCode::FailedPrecondition, kNotInitialized + *failure});
  }

  core::RunnerEnd bury(const TaskPaths& paths, const CheckpointLock& lock,
                       const std::optional<os::ProcessEnd>& process) {
    Burial burial = executor::bury(paths, lock, process, clock_.now());
    if (burial.may_have_survivors) expect_survivors();
    return std::move(burial.end);
  }

  void expect_survivors() {
    may_have_survivors_ = true;
    clean_looks_ = 0;
    next_survivor_look_ = {};
  }

  // Before anybody hears that their task is over.
  void look_for_survivors() {
    if (!may_have_survivors_ || clock_.monotonic() < next_survivor_look_) return;
    const Watched watched = find_watched();
    // Whoever forks and exits all the time may be missed once.
    clean_looks_ = end_survivors(config_.work, watched, kEndAtOnce) ? clean_looks_ + 1 : 0;
    may_have_survivors_ = clean_looks_ < kCleanLooks;
    next_survivor_look_ = clock_.monotonic() + (clean_looks_ == 1 ? kLookAgain : kLookAgainMax);
  }

  Watched find_watched() const {
    Watched watched;
    const auto add = [&](const TaskId& task_id, const os::Fd& process) {
      watched.tasks.insert(task_id);
      if (process.is_open()) watched.runners.insert(os::pid_of(process));
    };
    for (const auto& [key, runner] : runners_) add(runner.task_id, runner.process);
    for (const Dying& dying : dying_) add(dying.task_id, dying.process);
    return watched;
  }

  void expect_orphans() {
    static_cast<void>(os::read_available(ended_children_));
    may_have_orphans_ = true;
  }

  // Who has ended and has no other parent left: of checks and execs, mostly. A runner whose parent has died may be such a
  // child as well; how it ended is found in another place.
  void reap_orphans() {
    const Duration now = clock_.monotonic();
    if (!may_have_orphans_ || now < next_reaping_) return;
    may_have_orphans_ = false;
    next_reaping_ = now + kReapPause;
    std::optional<Watched> watched;
    for (const int pid : os::adopted_children()) {
      const auto info = os::find_process(pid);
      if (!info || info->state != 'Z') continue;
      const bool may_be_runner = os::process_name(pid) == "aurora";
      if (may_be_runner && !watched) watched = find_watched();
      if (!may_be_runner || !watched->runners.contains(pid)) os::reap(pid);
    }
  }

  void release_confined() {
    releases_.find_left([&](const TaskId& task_id) {
      const Result<CheckpointLock> lock = CheckpointLock::take(config_.work.paths_of(task_id).checkpoint);
      const bool is_over = lock.ok() || lock.error().code == ErrorCode::NotFound;
      return is_over && find(task_id) == nullptr;
    });
    for (const core::HostEvent& event : early_) {
      if (const auto* exited = std::get_if<core::RunnerExited>(&event)) releases_.expect(exited->task_id);
      if (const auto* failed = std::get_if<core::StartFailed>(&event)) releases_.expect(failed->task_id);
    }
    releases_.look(clock_.monotonic());
  }

  PosixRunnerConfig config_;
  os::Fd progress_;
  os::Fd ended_children_;  // may be not open: nobody tells
  Releases releases_;
  std::optional<NurseryLink> nursery_;
  os::Poller poller_;
  SystemClock clock_;
  std::map<uint64_t, Runner> runners_;
  std::map<TaskId, uint64_t> keys_;
  std::vector<Dying> dying_;
  std::set<uint64_t> unborn_;  // asked for, and the nursery has not answered
  std::set<uint64_t> newborns_;
  std::map<TaskId, UntiedRunner> untied_;  // found by list_found(), until they are adopted
  Duration birth_pause_ = kLookAgain;
  Duration next_birth_look_;        // monotonic
  bool may_have_survivors_ = true;  // of an executor before us
  int clean_looks_ = 0;             // in a row
  Duration next_survivor_look_;     // monotonic
  bool may_have_orphans_ = false;
  Duration next_reaping_;  // monotonic
  SeenTime time_;                       // in which parents of runners are waited for
  std::vector<core::HostEvent> early_;  // what was learned since the last wait()
  uint64_t last_key_ = kChildrenKey;
  std::string unread_;  // the beginning of a message
  TaskPreparer preparer_;
  TaskPreparer image_preparer_;
};

// Roles pass through the folders above their sandboxes, whatever umask made them once.
void open_way(const WorkFolder& work) {
  const std::string run = work.paths_of(TaskId("any")).run;
  const size_t last = run.find("/executors/") + std::string_view("/executors").size();
  for (size_t slash = work.root.size(); slash <= last; slash = run.find('/', slash + 1)) {
    os::make_passable(run.substr(0, slash));
  }
}

}  // namespace

Result<std::unique_ptr<RunnerHost>> make_posix_runner_host(PosixRunnerConfig config, os::Fd ended_children) {
  TRY(os::make_folders(config.work.root));
  open_way(config.work);
  TRY(os::make_folders(config.work.state + "/tasks", 0700));
  os::Fd progress = TRY(os::open_named_pipe(config.work.state + "/progress", kProgressBytes));
  auto host =
      std::make_unique<PosixRunnerHost>(std::move(config), std::move(progress), std::move(ended_children));
  TRY(host->open_nursery());
  return std::unique_ptr<RunnerHost>(std::move(host));
}

}  // namespace aurora::executor
