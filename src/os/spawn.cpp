#include "aurora/os/spawn.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "aurora/os/files.h"
#include "os/own_children.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace aurora::os {
namespace {

constexpr int kFirstPassedFd = 3;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStackBytes = 512 * 1024;
#else
constexpr size_t kStackBytes = 64 * 1024;
#endif

// Everything the child needs, prepared by the parent: the child must not allocate.
struct Child {
  const SpawnRequest* request = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<gid_t> groups;
  std::string stdout_path;  // modifiable: open_log() cuts it
  std::string stderr_path;
  int error_number = 0;  // set by the child when it gives up
  const char* failed_step = nullptr;
  const char* failed_object = nullptr;  // what could not be opened, entered or executed
  bool has_log = false;                 // fd 2 is open
};

int fail(Child& child, const char* step, const char* object) {
  child.error_number = errno;
  child.failed_step = step;
  child.failed_object = object;
  // Whoever looks for the reason looks into the log first.
  if (child.has_log) ::dprintf(2, "aurora: %s %s: %s\n", step, object, std::strerror(child.error_number));
  return 127;
}
int fail(Child& child, const char* step) { return fail(child, step, child.request->program.c_str()); }

// glibc's setuid() would signal the threads of the process whose memory we borrow: system calls it is.
bool become(const User& user, const std::vector<gid_t>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

// Up to the first that is there or can be made, and down again: most of a path exists.
void make_folder(char* path) {
  if (::mkdir(path, 0755) == 0 || errno != ENOENT) return;  // what went wrong shows when the file is opened
  char* slash = std::strrchr(path, '/');
  if (slash == nullptr || slash == path) return;
  *slash = '\0';
  make_folder(path);
  *slash = '/';
  ::mkdir(path, 0755);
}

// Nobody may ever read from a pipe that was put there: it is not waited for (ENXIO).
int open_to_append(const char* path) {
  const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
  if (file >= 0) ::fcntl(file, F_SETFL, O_APPEND);  // what the program writes waits as usual
  return file;
}

int open_log(char* path) {
  const int file = open_to_append(path);
  char* slash = std::strrchr(path, '/');
  if (file >= 0 || errno != ENOENT || slash == nullptr) return file;
  *slash = '\0';
  make_folder(path);
  *slash = '/';
  return open_to_append(path);
}

bool open_output(const std::optional<int>& given, std::string& path, int as) {
  if (given) return ::dup2(*given, as) == as;
  const int file = path.empty() ? ::open("/dev/null", O_WRONLY) : open_log(path.data());
  if (file < 0) return false;
  const bool done = file == as || ::dup2(file, as) == as;
  if (file != as) ::close(file);
  return done;
}

void restore_signals(bool blocked) {
  struct sigaction normal {};
  normal.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &normal, nullptr);
  sigset_t mask;
  blocked ? sigfillset(&mask) : sigemptyset(&mask);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

void set_soft_limit(int resource, rlim_t wanted) {
  rlimit limit{};
  if (::syscall(SYS_prlimit64, 0, resource, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::syscall(SYS_prlimit64, 0, resource, &limit, nullptr);
}

// Best effort: only root may undo what makes a process less important. System calls, as in become().
void set_default_limits() {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) set_soft_limit(resource, RLIM_INFINITY);
  set_soft_limit(RLIMIT_NOFILE, 1024);
  set_soft_limit(RLIMIT_CORE, 0);
  set_soft_limit(RLIMIT_STACK, 8 << 20);
  const sched_param normal{};
  ::syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &normal);
  ::syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
  constexpr int kIoprioWhoProcess = 1;
  ::syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, 0);
  const int score = ::open("/proc/self/oom_score_adj", O_WRONLY);
  if (score < 0) return;
  static_cast<void>(!::write(score, "200", 3));
  ::close(score);
}

void close_range(int first, unsigned last) {
  if (::syscall(SYS_close_range, first, last, 0) == 0) return;
  for (int fd = first; fd < 65536 && static_cast<unsigned>(fd) <= last; ++fd)
    ::close(fd);  // kernels before 5.9
}

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  int next = kFirstPassedFd;
  for (const int fd : kept) {
    if (fd > next) close_range(next, static_cast<unsigned>(fd - 1));
    next = std::max(next, fd + 1);
  }
  close_range(next, ~0u);
}

// Passed descriptors end up at 3, 4, ...; first out of each other's way.
bool arrange_fds(const std::vector<int>& passed) {
  constexpr size_t kPassedMax = 8;
  int aside[kPassedMax];
  if (passed.size() > kPassedMax) return false;
  for (size_t i = 0; i < passed.size(); ++i) {
    aside[i] = ::fcntl(passed[i], F_DUPFD, kFirstPassedFd + static_cast<int>(kPassedMax));
    if (aside[i] < 0) return false;
  }
  for (size_t i = 0; i < passed.size(); ++i) {
    if (::dup2(aside[i], kFirstPassedFd + static_cast<int>(i)) < 0) return false;
  }
  close_range(kFirstPassedFd + static_cast<int>(passed.size()), ~0u);
  return true;
}

// Whoever writes 0 means itself.
bool join(const std::vector<int>& cgroups) {
  for (const int group : cgroups) {
    if (::write(group, "0", 1) != 1) return false;
  }
  return true;
}

bool open_input(const SpawnRequest& request) {
  if (request.terminal) return ::dup2(*request.terminal, 0) == 0 && ::ioctl(0, TIOCSCTTY, 0) == 0;
  if (request.stdin_fd) return ::dup2(*request.stdin_fd, 0) == 0;
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, 0) != 0) return false;
  if (nothing != 0) ::close(nothing);
  return true;
}

int child_main(void* argument) {
  Child& child = *static_cast<Child*>(argument);
  const SpawnRequest& request = *child.request;
  if (::setsid() < 0) return fail(child, "cannot start a session for");
  if (request.ends_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (request.before_execute) request.before_execute(static_cast<int>(::syscall(SYS_getpid)));
  if (!join(request.cgroups)) return fail(child, "cannot join the control group of");
  if (request.mount_namespace && ::setns(*request.mount_namespace, CLONE_NEWNS) != 0)
    return fail(child, "cannot enter the mounts of");
  if (!open_input(request)) return fail(child, "cannot open the input of");
  ::umask(0022);
  if (request.has_default_limits) set_default_limits();
  if (request.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(child, "cannot take privileges from");
  if (request.user && !become(*request.user, child.groups)) return fail(child, "cannot become the user of");
  if (!request.folder.empty() && ::chdir(request.folder.c_str()) != 0)
    return fail(child, "cannot enter", request.folder.c_str());
  if (!open_output(request.terminal ? request.terminal : request.stdout_fd, child.stdout_path, 1))
    return fail(child, "cannot open", child.stdout_path.c_str());
  if (!open_output(request.terminal ? request.terminal : request.stderr_fd, child.stderr_path, 2))
    return fail(child, "cannot open", child.stderr_path.c_str());
  child.has_log = true;
  if (!arrange_fds(request.passed_fds)) return fail(child, "cannot pass files to");
  restore_signals(request.blocks_signals);
  ::execve(request.program.c_str(), child.arguments.data(), child.environment.data());
  return fail(child, "cannot execute");
}

// A child that runs in our memory until it executes. Its functions never return, so the thread sanitizer must
// not take its calls for ours.
#ifdef __SANITIZE_THREAD__
__attribute__((no_sanitize_thread, noinline)) int clone_child(char* stack_end, Child& child) {
  void* ours = __tsan_get_current_fiber();
  void* childs = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(childs, 0);
  const int pid = ::clone(child_main, stack_end, CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
  __tsan_switch_to_fiber(ours, 0);
  __tsan_destroy_fiber(childs);
  return pid;
}
#else
int clone_child(char* stack_end, Child& child) {
  return ::clone(child_main, stack_end, CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
}
#endif

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<int> spawn(const SpawnRequest& request) {
  Child child{&request,
              pointers_to(request.arguments),
              pointers_to(request.environment),
              {},
              request.stdout_path,
              request.stderr_path};
  if (request.user) child.groups.assign(request.user->groups.begin(), request.user->groups.end());

  // No handler of ours may run in the child while it uses our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  alignas(16) char stack[kStackBytes];
  int clone_error = 0;
  const int pid = note_child([&] {
    const int made = clone_child(stack + sizeof stack, child);
    clone_error = errno;
    return made;
  });
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack, sizeof stack);  // the child's frames never returned
#endif
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

  if (pid < 0) return system_error("cannot fork for", request.program, clone_error);
  if (child.failed_step == nullptr) return pid;
  ::waitpid(pid, nullptr, 0);
  forget_child(pid);
  return system_error(child.failed_step, child.failed_object, child.error_number);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

Result<int> fork_copy(const std::vector<int>& kept, const std::function<int()>& body) {
  const int pid = note_child([] { return ::fork(); });
  if (pid < 0) return system_error("cannot copy", "this process");
  if (pid > 0) return pid;
  forget_children();
  close_all_but(kept);
  ::_exit(::setsid() < 0 ? 1 : body());
}

void ignore_signals() {
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2}) ::signal(number, SIG_IGN);
}

bool become(const User& user) {
  return become(user, std::vector<gid_t>(user.groups.begin(), user.groups.end()));
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  folders += ':';
  for (size_t at = 0, colon; (colon = folders.find(':', at)) != std::string::npos; at = colon + 1) {
    const std::string candidate = folders.substr(at, colon - at) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

namespace {

// Reads until the other end is closed; nothing when that takes too long or is too much.
std::optional<std::string> drain(int fd, Duration timeout) {
  constexpr size_t kBytesMax = 1u << 20;
  std::string text;
  pollfd waiting{fd, POLLIN, 0};
  char buffer[4096];
  while (text.size() < kBytesMax && ::poll(&waiting, 1, static_cast<int>(timeout.ms)) > 0) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> run_and_read(const std::vector<std::string>& command, Duration timeout) {
  const std::string program = find_program(command.at(0));
  if (program.empty()) return Error{ErrorCode::NotFound, command[0] + " is not on the PATH"};
  Pipe pipe = TRY(make_pipe());
  Result<int> pid = Error{};
  {
    const Fd writing = std::move(pipe.writing);
    // The pipe is fd 3 in the child; a shell puts it where the program writes.
    std::vector<std::string> arguments{"/bin/sh", "-c", "exec \"$0\" \"$@\" >&3 3>&-", program};
    arguments.insert(arguments.end(), command.begin() + 1, command.end());
    pid = spawn({.program = "/bin/sh",
                 .arguments = std::move(arguments),
                 .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                 .passed_fds = {writing.get()}});
  }
  if (!pid.ok()) return pid.error();
  std::optional<std::string> text = drain(pipe.reading.get(), timeout);
  if (!text) ::kill(-*pid, SIGKILL);
  int status = 0;
  ::waitpid(*pid, &status, 0);
  forget_child(*pid);
  if (text && WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::move(*text);
  return Error{ErrorCode::Internal, command[0] + " did not succeed"};
}

}  // namespace aurora::os
