#include "executor/container_entry.h"

#include <csignal>
#include <cstdlib>

#include "aurora/base/clock.h"
#include "aurora/os/namespaces.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/last_words.h"

namespace aurora::executor {
namespace {

constexpr Duration kPatience = seconds(60);  // with the runtime

bool is_crun(const std::string& program) { return program.substr(program.rfind('/') + 1) == "crun"; }

// Reaps what ends meanwhile, too; absent: not within its time.
std::optional<os::ProcessEnd> wait_for(int pid) {
  const Duration deadline = SystemClock().monotonic() + kPatience;
  for (;;) {
    if (const auto end = os::reap(pid)) return end;
    const Duration left = deadline - SystemClock().monotonic();
    if (left <= Duration{}) return std::nullopt;
    os::wait_for_signal({SIGCHLD}, std::min(left, milliseconds(100)));
  }
}

class Runtime {
 public:
  explicit Runtime(const Container& container)
      : container_(container), words_(container.folder + "/messages") {
    const std::string task = container.folder.substr(0, container.folder.rfind('/'));
    name_ = task.substr(task.rfind('/') + 1);
  }

  // The process that waits to be started.
  Result<int> create() const {
    const std::string pid_file = container_.folder + "/pid";
    TRY(run({"create", "--bundle", container_.folder, "--pid-file", pid_file, name_}));
    const std::string pid = TRY(os::read_file(pid_file));
    const int number = std::atoi(pid.c_str());
    if (number > 0) return number;
    return Error{ErrorCode::Internal, container_.runtime + " has told no process of the container"};
  }

  Status remove() const { return run({"delete", "--force", name_}); }

 private:
  Status run(const std::vector<std::string>& words) const {
    os::SpawnRequest request{
        .program = container_.runtime,
        .arguments = {container_.runtime, "--root", container_.folder + "/state"},
        .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        .stdout_path = words_,
        .stderr_path = words_};
    if (is_crun(container_.runtime)) request.arguments.push_back("--cgroup-manager=disabled");
    request.arguments.insert(request.arguments.end(), words.begin(), words.end());
    const int pid = TRY(os::spawn(request));
    const auto end = wait_for(pid);
    if (end && end->signal == 0 && end->exit_code == 0) return Unit{};
    if (!end) os::send_signal_to_group(pid, SIGKILL);
    const std::string said = last_words(words_);
    return Error{ErrorCode::Internal, container_.runtime + " " + words[0] +
                                          (end ? " failed: " : " takes longer than a minute: ") +
                                          (said.empty() ? "no reason was given" : said)};
  }

  const Container& container_;
  const std::string words_;
  std::string name_;  // runc names control groups after it
};

}  // namespace

Status enter_container(const Container& container, const std::string& sandbox) {
  TRY(os::enter_own_mounts());
  // crun 1.8 refuses to work on a host with both versions of control groups, even if it is to leave them
  // alone.
  os::leave_mount("/sys/fs/cgroup/unified");
  const std::string changes = changes_of(sandbox);
  TRY(os::mount_overlay({container.image, changes + "/files", changes + "/work"},
                        container.folder + "/rootfs"));
  const Runtime runtime(container);
  const int pid = TRY(runtime.create());
  const os::Fd mounts = TRY(os::open_mounts_of(pid));
  const Status removed = runtime.remove();
  os::send_signal(pid, SIGKILL);  // crun leaves it without control groups of its own; ours until it is reaped
  wait_for(pid);
  TRY(removed);
  return os::enter_mounts(mounts);
}

}  // namespace aurora::executor
