#include "aurora/executor/runner.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <map>
#include <set>
#include <string>

#include "aurora/base/overloaded.h"
#include "aurora/core/process/task_run.h"
#include "aurora/executor/limits_reached.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/files.h"
#include "aurora/os/namespaces.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/container_entry.h"
#include "executor/log_writer.h"

namespace aurora::executor {
namespace {

constexpr int kExitInternal = 101;
constexpr int kExitInvalid = 102;
constexpr int kExitEnded = 105;
constexpr Duration kKillAtOnce = seconds(2);
constexpr Duration kWriteAgain = seconds(1);  // what a full disk refused
constexpr Duration kBurial = seconds(5);  // then what is left is our parent's to end

int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

// decide (TaskRun) -> checkpoint -> perform.
class Runner {
 public:
  Runner(RunnerPlan plan, os::Fd checkpoint)
      : plan_(std::move(plan)), checkpoint_(std::move(checkpoint)), run_(plan_.plan, os::own_pid()) {}

  // Before anything runs: what holds the task in holds its runner, too.
  Status confine() {
    const Confinement& confinement = plan_.confinement;
    for (const std::string& folder : confinement.cgroups) TRY(os::join_cgroup(folder));
    if (!confinement.process_cgroup.empty())
      process_cgroup_ = TRY(os::open_cgroup(confinement.process_cgroup));
    if (plan_.container) return enter_image();
    if (!confinement.has_private_tmp && !confinement.hides_processes) return Unit{};
    TRY(os::enter_own_mounts());
    if (confinement.has_private_tmp)
      TRY(os::make_private_tmp(private_tmp_of(plan_.sandbox), run_folder_of(plan_)));
    if (confinement.hides_processes) TRY(os::hide_processes_of_others());
    return Unit{};
  }

  void run(const os::Fd& progress) {
    feed(core::RunBegun{os::boot_id()});
    // Whole or not at all (it is shorter than PIPE_BUF). An executor that is away reads the checkpoint when
    // it is back.
    static_cast<void>(os::append_all(progress, plan_.task_id.value() + "\n"));
    while (!run_.is_over()) wait();
    bury_the_rest();
    write_the_rest();
  }

 private:
  // What is needed later of the host's files is opened before.
  Status enter_image() {
    Confinement& confinement = plan_.confinement;
    for (std::string& group : confinement.cgroups) TRY(keep_open(group));
    if (!confinement.process_cgroup.empty()) TRY(keep_open(confinement.process_cgroup));
    TRY(enter_container(*plan_.container, plan_.sandbox));
    plan_.sandbox = plan_.container->sandbox;
    return Unit{};
  }

  Status keep_open(std::string& folder) {
    groups_.push_back(TRY(os::open_folder(folder)));
    folder = "/proc/self/fd/" + std::to_string(groups_.back().get());
    return Unit{};
  }

  // Wall time that never jumps: anchored once, then carried on by the monotonic clock, because deadlines are
  // counted in it too.
  Instant now() const { return Instant{anchor_ms_ + read_clock(CLOCK_MONOTONIC)}; }

  void feed(const core::RunEvent& event) { perform(run_.step(event, now())); }

  void perform(const core::RunStep& step) {
    checkpoint(step.records);
    for (const core::RunEffect& effect : step.effects) {
      std::visit(Overloaded{
                     [&](const core::LaunchProcess& e) { launch(e); },
                     [](const core::TerminateProcess& e) { os::send_signal(e.pid, SIGTERM); },
                     [&](const core::TerminateOrphans&) { feed(core::OrphansChecked{terminate_orphans()}); },
                     [](const core::KillProcess& e) { kill_session(e.pid); },
                     [](const core::KillEverything&) {},  // bury_the_rest() follows
                 },
                 effect);
    }
  }

  // What a full disk refuses is kept and written with the next records: a process is not killed for a missing
  // line.
  void checkpoint(const std::vector<core::RunRecord>& records) {
    for (const core::RunRecord& record : records) unwritten_ += encode_record(record);
    if (os::append_all(checkpoint_, unwritten_).ok()) unwritten_.clear();
  }

  // A task whose end is not on disk would be taken for lost: until there is room, or somebody ends us for good.
  void write_the_rest() {
    while (!unwritten_.empty()) {
      os::wait_for_signal(signals(), kWriteAgain);
      checkpoint({});
    }
  }

  // The nursery has an environment only where processes are to have it, too.
  std::vector<std::string> environment() const {
    std::vector<std::string> own = environment_of(plan_);
    std::vector<std::string> all;
    for (std::string& inherited : os::own_environment()) {
      const std::string name = inherited.substr(0, inherited.find('=') + 1);
      const bool is_replaced = std::any_of(own.begin(), own.end(), [&](const auto& mine) { return mine.starts_with(name); });
      if (!is_replaced) all.push_back(std::move(inherited));
    }
    all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    return all;
  }

  void launch(const core::LaunchProcess& effect) {
    const core::ProcessPlan& process = plan_.plan.processes[effect.process];
    const std::string shell = shell_of(plan_);
    os::SpawnRequest request{.program = shell,
                             .arguments = {shell, "-c", process.cmdline},
                             .environment = environment(),
                             .folder = plan_.sandbox,
                             .no_new_privileges = plan_.confinement.no_new_privileges,
                             .has_default_limits = true};
    if (process_cgroup_.is_open()) request.cgroups = {process_cgroup_.get()};
    if (plan_.switches_user) request.user = plan_.user;
    const std::optional<LogWriter> writer =
        set_output(effect, request);  // holds the pipes until the child has them
    // In the child, which borrows our memory: its pid is on disk before it runs anything, so that whoever
    // finds us dead knows what to kill.
    request.before_execute = [&](int pid) {
      const auto info = os::find_process(pid);
      feed(core::ProcessForked{effect.process, pid, info ? info->start_ticks : 0});
    };
    const Result<int> pid = os::spawn(request);
    if (pid.ok()) {
      feed(core::ProcessStarted{effect.process});
    } else {
      feed(core::ProcessNotStarted{effect.process, why_not_started(request, pid.error())});
    }
  }

  // For its user: what is in the way; else what the system said.
  std::string why_not_started(const os::SpawnRequest& request, const Error& error) const {
    for (const std::string& path : {request.stdout_path, request.stderr_path}) {
      if (!error.message.starts_with("cannot open " + path) || !path.starts_with(plan_.sandbox + "/"))
        continue;
      const std::string inside = path.substr(plan_.sandbox.size() + 1);
      const std::string obstacle = os::find_obstacle(plan_.sandbox, inside);
      if (!obstacle.empty()) return "cannot open '" + inside + "': " + obstacle;
    }
    return error.message;
  }

  std::optional<LogWriter> set_output(const core::LaunchProcess& effect, os::SpawnRequest& request) {
    const core::LogPolicy& policy = plan_.plan.processes[effect.process].log;
    const auto places_of = [&](const char* stream) {
      const std::string file = log_path(plan_, effect.process, effect.run, stream);
      const std::string console = console_path(plan_, stream);
      return LogPlaces{{plan_.sandbox, file.substr(plan_.sandbox.size() + 1)},
                       {console.substr(0, console.rfind('/')), stream}};
    };
    const LogPlaces out = places_of("stdout");
    const LogPlaces err = places_of("stderr");
    if (policy.destination == core::LogDestination::None) return std::nullopt;
    if (needs_writer(policy)) {
      Result<LogWriter> writer = start_log_writer(policy, out, err, request.user);
      if (writer.ok()) {
        writers_.insert(writer->pid);
        request.stdout_fd = writer->stdout_end.get();
        request.stderr_fd = writer->stderr_end.get();
        return std::move(*writer);
      }
    }
    const bool to_console = policy.destination == core::LogDestination::Console;
    const auto path_of = [&](const LogPlaces& places) {
      const LogPlace& place = to_console ? places.console : places.file;
      return place.base + "/" + place.path;
    };
    request.stdout_path = path_of(out);
    request.stderr_path = path_of(err);
    return std::nullopt;
  }

  void wait() {
    std::optional<Duration> max;
    if (const auto timer = run_.next_timer(now())) max = std::max(Duration{}, *timer - now());
    const std::optional<int> signal = os::wait_for_signal(signals(), max);
    if (signal == SIGUSR2) {
      feed(core::RunKillRequested{Duration{}, core::RunState::Lost});
    } else if (signal && *signal != SIGCHLD) {
      feed(core::RunKillRequested{});
    }
    if (reap_children() || !signal) feed(core::RunTimerFired{});
  }

  // A process stays a zombie until its group is killed, so that its pid cannot be anybody else's meanwhile.
  // True when an orphan was among those that ended.
  bool reap_children() {
    bool any_orphan = false;
    while (const auto child = os::peek_ended_child()) {
      if (const auto process = run_.find_process(child->pid)) {
        const int code = child->end.signal != 0 ? -child->end.signal : child->end.exit_code;
        const std::string over_memory = code == 0 ? "" : find_kill_for_memory();
        feed(core::ProcessExited{*process, code, code == -SIGKILL ? over_memory : ""});
      } else {
        any_orphan = true;
      }
      reap(child->pid);
    }
    return any_orphan;
  }

  // By the kernel, since this was last asked. An executor ends the task for it, but nobody may be there.
  std::string find_kill_for_memory() {
    const int64_t kills = os::count_oom_kills(plan_.confinement.cgroups);
    if (kills <= std::exchange(kills_for_memory_, kills)) return "";
    const auto reached = find_memory_limit_reached(plan_);
    return reached ? reached->reason->detail : "";
  }

  void reap(int pid) {
    os::reap(pid);
    writers_.erase(pid);
  }

  static void kill_session(int leader) {
    os::send_signal_to_group(leader, SIGKILL);
    for (const int pid : os::descendants_of(os::own_pid())) {  // job control makes further groups
      const auto info = os::find_process(pid);
      if (info && info->session == leader) os::send_signal(pid, SIGKILL);
    }
  }

  // Those who write down what the others said are none; they end when all others have.
  template <typename Visit>
  void visit_orphans(const Visit& visit) const {
    for (const int pid : os::children_of(os::own_pid())) {
      if (!run_.find_process(pid) && !writers_.contains(pid)) visit(pid);
    }
  }

  // True if there is still one alive.
  bool terminate_orphans() {
    std::map<int, int64_t> living;
    visit_orphans([&](int pid) {
      const auto info = os::find_process(pid);
      if (!info || !os::is_alive(*info)) return;
      const auto known = told_.find(pid);
      if (known == told_.end() || known->second != info->start_ticks) os::send_signal(pid, SIGTERM);
      living.emplace(pid, info->start_ticks);
    });
    told_ = std::move(living);
    return !told_.empty();
  }

  // The task is over: all that is left are orphans.
  void bury_the_rest() {
    constexpr Duration kAtOnce = milliseconds(500);
    if (process_cgroup_.is_open()) os::kill_cgroup(plan_.confinement.process_cgroup, kKillAtOnce);
    const int64_t deadline_ms = read_clock(CLOCK_MONOTONIC) + kBurial.ms;
    while (read_clock(CLOCK_MONOTONIC) < deadline_ms) {
      os::end_families([&](const auto& visit) { visit_orphans(visit); }, kAtOnce);
      while (const auto child = os::peek_ended_child()) reap(child->pid);
      if (!os::has_children()) return;
      if (deadline_ms - read_clock(CLOCK_MONOTONIC) < kBurial.ms / 2) writers_.clear();  // had time enough
      os::wait_for_signal({SIGCHLD}, milliseconds(100));
    }
  }

 public:
  static const std::vector<int>& signals() {
    static const std::vector<int> all{SIGCHLD, SIGUSR1, SIGUSR2, SIGINT, SIGTERM};
    return all;
  }

 private:
  RunnerPlan plan_;
  os::Fd checkpoint_;
  os::Fd process_cgroup_;  // not open: there is none
  std::vector<os::Fd> groups_;  // folders of groups that an image does not have
  int64_t kills_for_memory_ = 0;
  core::TaskRun run_;
  std::string unwritten_;
  std::set<int> writers_;        // pids of log writers
  std::map<int, int64_t> told_;  // orphans that have their SIGTERM: pid -> start ticks
  int64_t anchor_ms_ = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
};

}  // namespace

int run_task(const std::string& folder, os::Fd checkpoint, os::Fd progress) {
  // Whoever wrote into it took us for dead and has said so: this task is over and must not begin.
  if (os::size_of(checkpoint) != 0) return kExitEnded;
  std::vector<int> blocked = Runner::signals();
  blocked.push_back(SIGPIPE);
  blocked.push_back(SIGHUP);
  os::block_signals(blocked);
  os::adopt_orphans();
  Result<RunnerPlan> plan = read_plan(folder + "/plan");
  if (!plan.ok() || !validate(plan->plan).ok()) return kExitInvalid;
  Runner runner(std::move(*plan), std::move(checkpoint));
  if (const Status confined = runner.confine(); !confined.ok()) {
    static_cast<void>(os::write_file(folder + "/failure", confined.error().message, 0600));
    return kExitInternal;
  }
  runner.run(progress);
  return 0;
}

}  // namespace aurora::executor
