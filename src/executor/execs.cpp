#include "aurora/executor/execs.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/base/printable.h"
#include "aurora/executor/task_surroundings.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/checkpoint_lock.h"
#include "executor/exec_supervisor.h"
#include "executor/runner_search.h"

namespace aurora::executor {
namespace {

using core::TaskId;

constexpr Duration kGrace = seconds(5);  // after SIGHUP
constexpr Duration kGraceAtStop = seconds(1);
constexpr Duration kEndAtOnce = seconds(1);

struct Streams {
  Exec::Ends ours;
  os::Fd input, output, errors;  // of the command; a terminal is its input
};

Result<Streams> make_streams(const ExecRequest& request, const std::optional<os::User>& user) {
  Streams streams;
  if (request.terminal) {
    os::Terminal terminal = TRY(os::open_terminal(*request.terminal, user));
    streams.ours.input = TRY(os::duplicate(terminal.master));
    streams.ours.output = TRY(os::duplicate(terminal.master));
    streams.ours.terminal = std::move(terminal.master);
    streams.input = std::move(terminal.slave);
    return streams;
  }
  os::Pipe in = TRY(os::make_pipe());
  os::Pipe out = TRY(os::make_pipe());
  os::Pipe err = TRY(os::make_pipe());
  streams.ours.input = std::move(in.writing);
  streams.input = std::move(in.reading);
  streams.ours.output = std::move(out.reading);
  streams.output = std::move(out.writing);
  streams.ours.errors = std::move(err.reading);
  streams.errors = std::move(err.writing);
  return streams;
}

// Started by the shell of the task's processes, which knows its PATH and its profile.
std::vector<std::string> arguments_for(const ExecRequest& request, const std::string& shell,
                                       const std::vector<std::string>& environment) {
  if (!request.command.empty()) {
    std::vector<std::string> arguments{shell, "-c", "exec -- \"$0\" \"$@\""};
    arguments.insert(arguments.end(), request.command.begin(), request.command.end());
    return arguments;
  }
  if (!request.terminal) return {shell};
  const bool is_bash = shell.ends_with("/bash");
  constexpr std::string_view kProfile = "BASH_ENV=";  // read by shells without a person only
  for (const std::string& variable : environment) {
    if (is_bash && variable.starts_with(kProfile))
      return {shell, "--rcfile", variable.substr(kProfile.size()), "-i"};
  }
  return {shell, "-i"};
}

struct Started {
  int leader = 0;
  os::Fd process;
  Exec::Ends ends;
};

Result<Started> spawn_in(const TaskSurroundings& surroundings, const ExecRequest& request,
                         const std::string& id) {
  os::SpawnRequest spawned{.program = shell_of(surroundings.plan)};
  surroundings.apply_to(spawned);
  Streams streams = TRY(make_streams(request, spawned.user));
  spawned.arguments = arguments_for(request, spawned.program, spawned.environment);
  spawned.environment.push_back(std::string(kExecMarker) + "=" + id);
  if (request.terminal) {
    spawned.environment.push_back("TERM=" + request.terminal_type);
    spawned.terminal = streams.input.get();
  } else {
    spawned.stdin_fd = streams.input.get();
    spawned.stdout_fd = streams.output.get();
    spawned.stderr_fd = streams.errors.get();
  }
  const int leader = TRY(os::spawn(spawned));
  Result<os::Fd> process = os::open_process(leader);
  if (process.ok()) return Started{leader, std::move(process).value(), std::move(streams.ours)};
  os::send_signal(leader, SIGKILL);
  os::wait_for_child(leader);
  return process.error();
}

std::string describe(const ExecRecord& record) {
  std::string text = record.command.empty() ? "a shell" : "";
  for (const std::string& word : record.command) text += (text.empty() ? "" : " ") + word;
  constexpr size_t kShown = 200;
  return printable_line(text.substr(0, kShown));
}

}  // namespace

struct Execs::State {
  State(WorkFolder the_work, const Clock& the_clock, Counters& the_counters)
      : work(std::move(the_work)), clock(the_clock), counters(the_counters) {}

  class Starting;
  Result<std::shared_ptr<Exec>> start(const ExecRequest& request);
  Result<os::Fd> open_runner(const TaskId& task_id) const;
  void keep(const TaskId& task_id, const ExecRecord& record);
  std::string id_of(uint64_t number) const {
    return work.agent_id + "." + session + "." + std::to_string(number);
  }

  void run();
  void end_those_of_before() const;
  void take_new();
  void lose_task(uint64_t number);
  void stop_watching(uint64_t number);  // its leader, which has ended
  void forget(const TaskId& task_id, const ExecRecord& record);
  bool look();  // false: all have ended, and no more come
  Duration next_look() const;

  const WorkFolder work;
  const Clock& clock;
  Counters& counters;
  const std::string session = std::to_string(clock.now().ms);
  os::Poller poller;

  mutable std::mutex mutex;  // around all that follows
  uint64_t last_number = 0;
  bool is_stopping = false;
  size_t starting = 0;  // not arrived yet
  struct Arrived {
    uint64_t number;
    std::unique_ptr<ExecSupervisor> exec;
  };
  std::vector<Arrived> arrived;    // not seen by the thread yet
  std::set<std::string> live_ids;  // of all
  std::mutex file_mutex;           // of the records

  std::map<uint64_t, std::unique_ptr<ExecSupervisor>> running;  // by number; of the thread
  std::thread thread;
};

// --- Starting.

Error not_running(const TaskId& task_id) {
  return {ErrorCode::FailedPrecondition,
          task_id.value() + " does not run; a command can be run only in a task that runs"};
}

Result<TaskSurroundings> surroundings_of(const WorkFolder& work, const TaskId& task_id) {
  Result<TaskSurroundings> found = find_surroundings(work, task_id);
  if (!found.ok() && found.error().code == ErrorCode::FailedPrecondition) return not_running(task_id);
  return found;
}

// Its lock is held, so the pid is its own.
Result<os::Fd> Execs::State::open_runner(const TaskId& task_id) const {
  const Error ended = not_running(task_id);
  const std::optional<int> pid = find_runner(work, task_id);
  if (!pid) return ended;
  Result<os::Fd> process = os::open_process(*pid);
  if (!process.ok() || CheckpointLock::take(work.paths_of(task_id).checkpoint).ok()) return ended;
  return process;
}

// Counted, so that the thread of all does not end before it has seen what is started.
class Execs::State::Starting {
 public:
  static Result<std::unique_ptr<Starting>> begin(State& state) {
    std::lock_guard lock(state.mutex);
    if (state.is_stopping)
      return Error{ErrorCode::Unavailable, "This executor is stopping; try again in a moment"};
    ++state.starting;
    return std::make_unique<Starting>(state, ++state.last_number);
  }
  Starting(State& state, uint64_t its_number) : number(its_number), state_(state) {}
  ~Starting() {
    std::lock_guard lock(state_.mutex);
    --state_.starting;
    state_.poller.wake();
  }
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;

  const uint64_t number;

 private:
  State& state_;
};

Result<std::shared_ptr<Exec>> Execs::State::start(const ExecRequest& request) {
  const std::unique_ptr<Starting> beginning = TRY(Starting::begin(*this));
  const TaskSurroundings surroundings = TRY(surroundings_of(work, request.task_id));
  os::Fd runner = TRY(open_runner(request.task_id));
  ExecRecord record{.id = id_of(beginning->number),
                    .who = printable_line(request.who),
                    .command = request.command,
                    .has_terminal = request.terminal.has_value(),
                    .began_at = clock.now()};
  Started started = TRY(spawn_in(surroundings, request, record.id));
  auto exec = std::make_shared<Exec>(request.task_id, record, std::move(started.ends));
  auto supervisor = std::make_unique<ExecSupervisor>(exec, started.leader, std::move(started.process),
                                                     std::move(runner), [this] { poller.wake(); });
  counters.add("executor_execs_started");
  log_info("executor", "exec " + record.id + " in " + request.task_id.value() + " by " + record.who + ": " +
                           describe(record));
  keep(request.task_id, record);
  std::lock_guard lock(mutex);
  live_ids.insert(record.id);
  arrived.push_back({beginning->number, std::move(supervisor)});
  return exec;
}

void Execs::State::keep(const TaskId& task_id, const ExecRecord& record) {
  std::lock_guard lock(file_mutex);
  const Status kept = append_exec(work.paths_of(task_id).folder + "/execs", record);
  if (!kept.ok()) log_warning("executor", "exec " + record.id + " is not kept: " + kept.error().message);
}

// --- Ending, on the thread of all.

constexpr uint64_t process_key(uint64_t number) { return 2 * number; }
constexpr uint64_t runner_key(uint64_t number) { return 2 * number + 1; }

void Execs::State::run() {
  end_those_of_before();
  do {
    for (const uint64_t key : poller.wait(next_look())) {
      key % 2 == 1 ? lose_task(key / 2) : stop_watching(key / 2);
    }
    take_new();
  } while (look());
}

void Execs::State::end_those_of_before() const {
  const std::string before = work.agent_id + ".";
  os::end_families(
      [&](const auto& visit) {
        for (const int pid : os::list_processes()) {
          const auto id = os::environment_of(pid, kExecMarker);
          if (id && id->starts_with(before) && !id->starts_with(before + session + ".")) visit(pid);
        }
      },
      kEndAtOnce);
}

void Execs::State::take_new() {
  std::lock_guard lock(mutex);
  for (Arrived& one : arrived) {
    static_cast<void>(poller.add(one.exec->process(), process_key(one.number)));
    static_cast<void>(poller.add(one.exec->runner(), runner_key(one.number)));
    running.emplace(one.number, std::move(one.exec));
  }
  arrived.clear();
}

void Execs::State::lose_task(uint64_t number) {
  const auto found = running.find(number);
  if (found == running.end() || !found->second->runner().is_open()) return;
  poller.remove(found->second->runner());
  found->second->lose_task(clock.monotonic());
}

void Execs::State::stop_watching(uint64_t number) {
  const auto found = running.find(number);
  if (found != running.end()) poller.remove(found->second->process());
}

bool Execs::State::look() {
  const bool stops = [&] {
    std::lock_guard lock(mutex);
    return is_stopping;
  }();
  for (auto it = running.begin(); it != running.end();) {
    ExecSupervisor& exec = *it->second;
    if (stops) exec.leave("the executor stops");
    exec.look(clock.monotonic(), stops ? kGraceAtStop : kGrace);
    const auto record = exec.find_end(clock, running.size() == 1, work.root + "/");
    if (!record) {
      ++it;
      continue;
    }
    poller.remove(exec.process());
    if (exec.runner().is_open()) poller.remove(exec.runner());
    forget(exec.task_id(), *record);
    it = running.erase(it);
  }
  std::lock_guard lock(mutex);
  return !stops || !running.empty() || !arrived.empty() || starting > 0;
}

void Execs::State::forget(const TaskId& task_id, const ExecRecord& record) {
  const std::string how = record.signal ? "signal " + *record.signal
                                        : "exit code " + std::to_string(record.exit_code.value_or(0));
  log_info("executor", "exec " + record.id + " in " + task_id.value() + " has ended: " + how +
                           (record.reason.empty() ? "" : ", because " + record.reason));
  keep(task_id, record);
  std::lock_guard lock(mutex);
  live_ids.erase(record.id);
}

Duration Execs::State::next_look() const {
  Duration next = hours(1);
  for (const auto& [number, exec] : running) {
    if (const auto at = exec->next_look())
      next = std::min(next, std::max(Duration{}, *at - clock.monotonic()));
  }
  return next;
}

Execs::Execs(WorkFolder work, const Clock& clock, Counters& counters)
    : state_(std::make_unique<State>(std::move(work), clock, counters)) {
  state_->thread = std::thread([this] { state_->run(); });
}

Execs::~Execs() { stop(); }

Result<std::shared_ptr<Exec>> Execs::start(const ExecRequest& request) { return state_->start(request); }

std::vector<Execs::Known> Execs::list(const TaskId& task_id) const {
  std::vector<Known> known;
  for (ExecRecord& record : read_execs(state_->work.paths_of(task_id).folder + "/execs"))
    known.push_back({std::move(record), false});
  std::lock_guard lock(state_->mutex);
  for (Known& one : known) one.is_running = state_->live_ids.contains(one.record.id);
  return known;
}

void Execs::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->poller.wake();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace aurora::executor
