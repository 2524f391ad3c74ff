#include "aurora/executor/nursery.h"

#include <csignal>
#include <cstring>
#include <map>

#include "aurora/base/clock.h"
#include "aurora/executor/runner.h"
#include "aurora/executor/task_files.h"
#include "aurora/os/cgroup.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/disk_limit.h"
#include "executor/nursery_link.h"
#include "executor/sweep.h"

namespace aurora::executor {
namespace {

constexpr int kExitInternal = 101;
constexpr int kSomebodyIsOver = 1;  // his limit of disk; said by the copy that looks
constexpr uint64_t kChannelKey = 1;
constexpr uint64_t kSignalKey = 2;
constexpr Duration kAtOnce = milliseconds(200);     // to end orphans, while births wait
constexpr Duration kRelease = seconds(2);  // who sleeps in the kernel keeps his group
constexpr Duration kDiskLook = seconds(10);
constexpr int kDiskShare = 20;  // what a look takes, and so many times that
constexpr Duration kTryAgain = milliseconds(100);  // when some are left: they sleep in the kernel, or are very quick

// Where the kernel keeps the words of our command line; copies of us write their own over them.
struct CommandLine {
  char* begin = nullptr;
  size_t size = 0;

  void show(const std::string& folder) const {
    const std::string words = std::string("aurora") + '\0' + "runner" + '\0' + folder;
    std::memset(begin, 0, size);
    std::memcpy(begin, words.data(), std::min(words.size(), size - 1));
  }
};

CommandLine command_line_of(int argc, char** argv) {
  const char* end = argv[argc - 1] + std::strlen(argv[argc - 1]) + 1;
  return {argv[0], static_cast<size_t>(end - argv[0])};
}

class Nursery {
 public:
  Nursery(os::Fd channel, os::Fd progress, os::Fd signals, CommandLine command_line,
          bool is_by_hand)
      : channel_(std::move(channel)),
        progress_(std::move(progress)),
        signals_(std::move(signals)),
        command_line_(command_line),
        is_by_hand_(is_by_hand) {}

  int run() {
    if (!poller_.add(channel_, kChannelKey).ok() || !poller_.add(signals_, kSignalKey).ok())
      return kExitInternal;
    while (channel_.is_open() || !runners_.empty() || has_orphans_) {
      for (const uint64_t key : poller_.wait(has_orphans_ ? kTryAgain : is_left_alone() ? kDiskLook : minutes(10))) {
        key == kChannelKey ? serve() : bury_the_dead();
      }
      if (has_orphans_) end_orphans();
      release_ended();
      look_at_disks();
    }
    return 0;
  }

 private:
  void serve() {
    Result<std::optional<os::Message>> message = os::receive_message(channel_, os::Receive::IfThere);
    if (!message.ok()) {  // the executor is gone; we stay for those who are here
      poller_.remove(channel_);
      channel_ = os::Fd();
    } else if (*message) {
      give_birth(std::move(**message));
    }
  }

  void give_birth(os::Message message) {
    const Result<BirthRequest> request = decode_request(message.bytes);
    if (!request.ok()) return;
    if (message.files.size() != 1) return answer({request->id, "its parent has too many files open"}, {});
    const Result<int> pid = os::fork_copy({message.files[0].get(), progress_.get()}, [&] {
      command_line_.show(request->folder);
      return run_task(request->folder, std::move(message.files[0]), std::move(progress_));
    });
    if (!pid.ok()) return answer({request->id, pid.error().message}, {});
    runners_[*pid] = request->folder;
    const Result<os::Fd> process = os::open_process(*pid);  // before it can be anybody else's pid
    // It lives all the same, and the executor finds it by its lock.
    answer({request->id, ""}, process.ok() ? std::vector<int>{process->get()} : std::vector<int>{});
  }

  void answer(const Birth& birth, const std::vector<int>& files) {
    static_cast<void>(os::send_message(channel_, encode(birth), files));  // nobody may be there any more
  }

  void bury_the_dead() {
    static_cast<void>(os::read_available(signals_));
    while (const auto child = os::peek_ended_child()) {
      if (child->pid == measurer_) end_disk_look(child->end.exit_code == kSomebodyIsOver);
      const auto runner = runners_.find(child->pid);
      const bool is_runner = runner != runners_.end();
      if (is_runner && (child->end.signal != 0 || child->end.exit_code != 0)) {
        end_orphans();  // before anybody hears that the task is over
        speak_for(runner->second, child->end);
      }
      if (is_runner && is_by_hand_) ended_.push_back(runner->second);
      if (is_runner) runners_.erase(runner);
      os::reap(child->pid);
    }
    end_orphans();
  }

  // Control groups of tasks that somebody ran by hand and left to us. An executor removes its own, after it has read in
  // them how the task ended, and another one may come for those.
  void release_ended() {
    if (channel_.is_open() || ended_.empty()) return;
    for (const std::string& folder : std::exchange(ended_, {})) {
      const Result<RunnerPlan> plan = read_plan(folder + "/plan");
      if (plan.ok()) os::remove_cgroup(plan->confinement.cgroups, kRelease);
    }
  }

  // Of tasks that somebody ran by hand and left to us. A copy of us measures, however long that takes: who buries the
  // dead waits for nobody's millions of files.
  void look_at_disks() {
    const Duration now = SystemClock().monotonic();
    if (!is_left_alone() || measurer_ != 0 || now < next_disk_look_) return;
    disk_look_began_ = now;
    const Result<int> pid = os::fork_copy({}, [this] {
      bool is_somebody_over = false;
      for (const auto& [runner, folder] : runners_) {
        const std::string reached = find_disk_limit_reached(folder);
        if (reached.empty() || !recall_disk_limit(folder).empty()) continue;
        remember_disk_limit(folder, reached);
        is_somebody_over = true;
      }
      return is_somebody_over ? kSomebodyIsOver : 0;
    });
    measurer_ = pid.ok() ? *pid : 0;
    next_disk_look_ = now + kDiskLook;
  }
  // Their runners end them as for a kill.
  void end_disk_look(bool is_somebody_over) {
    measurer_ = 0;
    const Duration now = SystemClock().monotonic();
    next_disk_look_ = now + std::max(kDiskLook, (now - disk_look_began_) * kDiskShare);
    for (const auto& [runner, folder] : runners_) {
      if (is_somebody_over && !recall_disk_limit(folder).empty()) os::send_signal(runner, SIGUSR1);
    }
  }
  bool is_left_alone() const { return is_by_hand_ && !channel_.is_open(); }

  // The last word of a runner that could not say it. Under its lock: an executor that finds the task without
  // a runner does the same.
  static void speak_for(const std::string& folder, const os::ProcessEnd& end) {
    const Result<CheckpointLock> checkpoint = CheckpointLock::take(folder + "/checkpoint");
    if (!checkpoint.ok()) return;
    const Result<core::RunHistory> history = checkpoint->read();
    if (!history.ok() || (history->state() && is_terminal(*history->state()))) return;
    const Instant now = SystemClock().now();
    static_cast<void>(
        checkpoint->append(encode_record(core::RunnerEndRecord{now, end.exit_code, end.signal})));
    const Result<RunnerPlan> plan = read_plan(folder + "/plan");
    sweep({*checkpoint, *history, plan.ok() ? plan->confinement.process_cgroup : ""},
          end.signal != 0 ? core::RunState::Killed : core::RunState::Lost, now);
  }

  // Who is our child and no runner was left by one, in a session of its own or not: its task is over. Each of their
  // ends brings us here again.
  void end_orphans() {
    const auto visit_orphans = [&](const auto& visit) {
      for (const int child : os::children_of(os::own_pid())) {
        if (!runners_.contains(child) && child != measurer_) visit(child);
      }
    };
    has_orphans_ = !os::end_families(visit_orphans, kAtOnce);
  }

  os::Fd channel_;
  os::Fd progress_;
  os::Fd signals_;
  const CommandLine command_line_;
  os::Poller poller_;
  std::map<int, std::string> runners_;  // pid -> folder of the task
  const bool is_by_hand_;               // no executor is our parent, nor will be
  std::vector<std::string> ended_;      // folders of tasks whose control groups may be left, if it is by hand
  bool has_orphans_ = false;
  int measurer_ = 0;  // the copy of us that looks at disks; 0: none
  Duration disk_look_began_;
  Duration next_disk_look_;  // monotonic
};

}  // namespace

int nursery_main(int argc, char** argv) {
  const std::vector<int> events = {SIGCHLD};
  // Also what is meant for runners: it may reach one that is not ready for it.
  os::block_signals({SIGCHLD, SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2});
  os::set_process_name("aurora");
  os::adopt_orphans();
  Result<os::Fd> signals = os::open_signals(events);
  if (argc != 4 || !signals.ok()) return kExitInternal;
  return Nursery(os::Fd(kNurseryChannelFd), os::Fd(kNurseryProgressFd), std::move(*signals),
                 command_line_of(argc, argv), !os::exists(std::string(argv[2]) + "/journal"))
      .run();
}

}  // namespace aurora::executor
