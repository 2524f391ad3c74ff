#include "aurora/executor/posix_runner_host.h"

#include <csignal>
#include <map>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "aurora/core/process/find_end_reason.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "executor/nursery_link.h"
#include "executor/sweep.h"
#include "executor/task_preparer.h"

namespace aurora::executor {
namespace {

using core::HostTasks;
using core::RunHistory;
using core::RunState;
using core::TaskId;

constexpr uint64_t kProgressKey = 1;
constexpr uint64_t kNurseryKey = 2;
constexpr Duration kPatience = seconds(5);  // with a runner's parent
constexpr Duration kLookAgain = milliseconds(20);
constexpr int kProgressBytes = 1 << 20;  // some 15,000 messages of runners

const char* const kNotInitialized = "Task initialization failed: ";

class PosixRunnerHost final : public RunnerHost {
 public:
  PosixRunnerHost(PosixRunnerConfig config, os::Fd progress)
      : config_(std::move(config)), progress_(std::move(progress)), preparer_(config_, [this] { wake(); }) {
    AURORA_CHECK(poller_.add(progress_, kProgressKey).ok());
  }

  // Nothing of ours is left when the last task has ended before us.
  ~PosixRunnerHost() override {
    if (nursery_ && runners_.empty()) nursery_->close();
  }

  Status open_nursery() {  // if there is none
    if (nursery_) return Unit{};
    NurseryLink started = TRY(NurseryLink::start(config_.runner_program, config_.work.state, progress_));
    TRY(poller_.add(started.channel(), kNurseryKey));
    nursery_ = std::move(started);
    return Unit{};
  }

  bool can_start() const override { return preparer_.has_room(); }

  Status start(const core::Task& task) override {
    const uint64_t key = ++last_key_;
    runners_.emplace(key, Runner{task.id, os::Fd()});
    keys_[task.id] = key;
    preparer_.submit(key, task);
    return Unit{};
  }

  void request_kill(const TaskId& task_id) override { signal(task_id, SIGUSR1); }
  void destroy(const TaskId& task_id) override { signal(task_id, SIGKILL); }

  HostTasks::FoundRunner adopt(const TaskId& task_id) override {
    const TaskPaths paths = config_.work.paths_of(task_id);
    HostTasks::FoundRunner found;
    if (!os::exists(paths.checkpoint)) return found;
    const Result<os::Fd> checkpoint = os::open_for_append(paths.checkpoint);
    if (checkpoint.ok() && !os::try_lock(*checkpoint)) found = adopt_living(task_id, paths);
    if (!found.alive) found.end = bury(paths, std::nullopt);
    return found;
  }

  std::vector<FoundFolder> list_found() override {
    std::vector<FoundFolder> found;
    for (const std::string& name : os::list_names(config_.work.state + "/tasks")) {
      const TaskId task_id(name);
      const TaskPaths paths = config_.work.paths_of(task_id);
      if (!os::exists(paths.checkpoint)) continue;  // no runner was ever asked for
      const Result<os::Fd> checkpoint = os::open_for_append(paths.checkpoint);
      found.push_back({task_id, checkpoint.ok() && !os::try_lock(*checkpoint)});
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
    std::vector<core::HostEvent> events = std::exchange(early_, {});
    if (!events.empty()) max = Duration{};
    for (const uint64_t key : poller_.wait(dying_.empty() ? max : std::min(max, kLookAgain))) {
      if (key == kProgressKey) {
        read_progress(events);
      } else if (key == kNurseryKey) {
        read_births();
      } else {
        read_end(key);
      }
    }
    std::move(early_.begin(), early_.end(), std::back_inserter(events));
    early_.clear();
    std::erase_if(dying_, [&](const Dying& dying) { return settle(dying, events); });
    return events;
  }
  void wake() override { poller_.wake(); }

 private:
  struct Runner {
    TaskId task_id;
    os::Fd process;  // not open before it is born
    int signal_at_birth = 0;
    bool is_asked_for = false;  // of the nursery; before that it is being prepared
  };
  struct Dying {  // ended; its parent may still write down how
    TaskId task_id;
    os::Fd process;
    Duration deadline;
  };

  // What has become of the tasks that were to be started; their runners are asked for.
  void read_prepared() {
    for (TaskPreparer::Prepared& prepared : preparer_.take()) {
      const auto runner = runners_.find(prepared.key);
      const Status asked = prepared.checkpoint.ok() ? ask_for_runner(prepared.key, *prepared.checkpoint)
                                                    : Status(prepared.checkpoint.error());
      if (asked.ok()) {
        runner->second.is_asked_for = true;
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

  Status watch(uint64_t key, const TaskId& task_id, os::Fd process) {
    TRY(poller_.add(process, key));
    keys_[task_id] = key;
    runners_.insert_or_assign(key, Runner{task_id, std::move(process)});
    return Unit{};
  }

  void signal(const TaskId& task_id, int signal_number) {
    const auto key = keys_.find(task_id);
    if (key == keys_.end()) return;
    Runner& runner = runners_.at(key->second);
    if (runner.process.is_open()) {
      os::send_signal_through(runner.process, signal_number);
    } else if (runner.signal_at_birth != SIGKILL) {
      runner.signal_at_birth = signal_number;
    }
  }

  // The lock says that the runner lives. Its pid is in the first record, which may not be written yet.
  HostTasks::FoundRunner adopt_living(const TaskId& task_id, const TaskPaths& paths) {
    HostTasks::FoundRunner found;
    const Duration deadline = clock_.monotonic() + seconds(5);
    while (clock_.monotonic() < deadline) {
      const Result<RunHistory> history = read_history(paths.checkpoint);
      if (history.ok() && !history->states.empty()) {
        Result<os::Fd> process = os::open_process(history->states.front().runner_pid);
        found.alive = process.ok() && watch(++last_key_, task_id, std::move(*process)).ok();
        found.started = found.alive;
        return found;
      }
      static_cast<void>(poller_.wait(milliseconds(10)));
    }
    log_error("executor", "runner of " + task_id.value() + " holds its lock but writes nothing");
    return found;
  }

  void read_progress(std::vector<core::HostEvent>& events) {
    unread_ += os::read_available(progress_);
    size_t newline = 0;
    while ((newline = unread_.find('\n')) != std::string::npos) {
      events.push_back(core::RunnerStarted{TaskId(unread_.substr(0, newline))});
      unread_.erase(0, newline + 1);
    }
  }

  Status ask_for_runner(const BirthRequest& request, const os::Fd& checkpoint) {
    TRY(open_nursery());
    return nursery_->request(request, checkpoint);
  }

  void read_births() {
    Result<std::vector<NurseryLink::Born>> births = nursery_->receive();
    if (!births.ok()) return close_nursery();
    for (NurseryLink::Born& born : *births) {
      const auto found = runners_.find(born.birth.id);
      if (found == runners_.end()) continue;
      const TaskId task_id = found->second.task_id;
      const int signal_number = found->second.signal_at_birth;
      if (!born.process.is_open()) {
        forget(found);
        early_.push_back(
            core::StartFailed{task_id, core::TaskStatus::Lost, std::string(kNotInitialized) + born.birth.failure,
                              core::EndReason{.cause = core::EndCause::Setup, .detail = born.birth.failure}});
      } else if (watch(born.birth.id, task_id, std::move(born.process)).ok() && signal_number != 0) {
        signal(task_id, signal_number);
      }
    }
  }

  // After its death; the next runner needs another. Its runners live on. Whom it was asked for, it may have
  // made or not.
  void close_nursery() {
    log_error("executor", "the parent of the runners has died; there will be another");
    poller_.remove(nursery_->channel());
    nursery_->bury();
    nursery_.reset();
    std::vector<uint64_t> unborn;
    for (const auto& [key, runner] : runners_) {
      if (runner.is_asked_for && !runner.process.is_open()) unborn.push_back(key);
    }
    for (const uint64_t key : unborn) {
      if (ask_again(key)) continue;
      const TaskId task_id = runners_.at(key).task_id;
      const int signal_number = runners_.at(key).signal_at_birth;
      forget(runners_.find(key));
      const HostTasks::FoundRunner found = adopt(task_id);
      if (!found.alive) early_.push_back(core::RunnerExited{task_id, found.end});
      if (found.alive && signal_number != 0) signal(task_id, signal_number);
    }
  }

  // For a runner that never was: nobody holds its checkpoint's lock, and nothing is in it.
  bool ask_again(uint64_t key) {
    const TaskPaths paths = config_.work.paths_of(runners_.at(key).task_id);
    const Result<os::Fd> checkpoint = os::open_for_append(paths.checkpoint, 0600);
    if (!checkpoint.ok() || !os::try_lock(*checkpoint)) return false;
    const Result<RunHistory> history = read_history(paths.checkpoint);
    return history.ok() && history->states.empty() && ask_for_runner({key, paths.folder}, *checkpoint).ok();
  }

  void forget(std::map<uint64_t, Runner>::iterator runner) {
    keys_.erase(runner->second.task_id);
    runners_.erase(runner);
  }

  void read_end(uint64_t key) {
    const auto found = runners_.find(key);
    if (found == runners_.end()) return;
    poller_.remove(found->second.process);
    dying_.push_back(
        {found->second.task_id, std::move(found->second.process), clock_.monotonic() + kPatience});
    forget(found);
  }

  // True when it is known how the runner ended.
  bool settle(const Dying& dying, std::vector<core::HostEvent>& events) const {
    const TaskPaths paths = config_.work.paths_of(dying.task_id);
    const Result<RunHistory> history = read_history(paths.checkpoint);
    const bool is_told = history.ok() && history->state() && is_terminal(*history->state());
    if (!is_told && !os::is_reaped(dying.process) && clock_.monotonic() < dying.deadline) return false;
    events.push_back(core::RunnerExited{dying.task_id, bury(paths, os::end_of_stranger(dying.process))});
    return true;
  }

  // After the runner is gone: what its checkpoint says, and the end of what it left.
  core::RunnerEnd bury(const TaskPaths& paths, std::optional<os::ProcessEnd> process) const {
    core::RunnerEnd end;
    if (process && process->signal != 0) end.signal = process->signal;
    if (process && process->signal == 0) end.exit_code = process->exit_code;
    const Result<RunHistory> history = read_history(paths.checkpoint);
    if (history.ok()) {
      end.last_state = history->state();
      if (history->runner_end) end = *history->runner_end;
    }
    end.reason = why_ended(paths, history.ok() ? *history : RunHistory{}, end);
    if (!history.ok()) return end;
    if (!history->state() || !is_terminal(*history->state())) {
      sweep(paths.checkpoint, *history, end.signal ? RunState::Killed : RunState::Lost, clock_.now());
    }
    return end;
  }

  static std::optional<core::EndReason> why_ended(const TaskPaths& paths, const RunHistory& history,
                                                  const core::RunnerEnd& end) {
    const Result<RunnerPlan> plan = read_plan(paths.plan);
    return core::find_end_reason(plan.ok() ? plan->plan : core::TaskPlan{}, history, end);
  }

  PosixRunnerConfig config_;
  os::Fd progress_;
  std::optional<NurseryLink> nursery_;
  os::Poller poller_;
  SystemClock clock_;
  std::map<uint64_t, Runner> runners_;
  std::map<TaskId, uint64_t> keys_;
  std::vector<Dying> dying_;
  std::vector<core::HostEvent> early_;  // what was learned while nobody waited
  uint64_t last_key_ = kNurseryKey;
  std::string unread_;  // the beginning of a message
  TaskPreparer preparer_;
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

Result<std::unique_ptr<RunnerHost>> make_posix_runner_host(PosixRunnerConfig config) {
  TRY(os::make_folders(config.work.root));
  open_way(config.work);
  TRY(os::make_folders(config.work.state + "/tasks", 0700));
  os::Fd progress = TRY(os::open_named_pipe(config.work.state + "/progress", kProgressBytes));
  auto host = std::make_unique<PosixRunnerHost>(std::move(config), std::move(progress));
  TRY(host->open_nursery());
  return std::unique_ptr<RunnerHost>(std::move(host));
}

}  // namespace aurora::executor
