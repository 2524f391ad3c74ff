#include "aurora/os/processes.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>

#include "os/own_children.h"

namespace aurora::os {
namespace {

// When the machine was started, by the wall clock of now.
Instant boot_time() {
  timespec wall{};
  timespec since_boot{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto to_ms = [](const timespec& t) { return t.tv_sec * 1000 + t.tv_nsec / 1'000'000; };
  return Instant{to_ms(wall) - to_ms(since_boot)};
}

Duration from_ticks(unsigned long long ticks) {
  static const long per_second = ::sysconf(_SC_CLK_TCK);
  return milliseconds(static_cast<int64_t>(ticks) * 1000 / per_second);
}

std::string proc_path(int pid, const char* rest) { return "/proc/" + std::to_string(pid) + rest; }

std::vector<int> parse_pids(const std::string& text) {
  std::vector<int> pids;
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const long pid = std::strtol(at, &end, 10);
    if (end == at) break;
    pids.push_back(static_cast<int>(pid));
    at = end;
  }
  return pids;
}

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

ProcessEnd end_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? ProcessEnd{info.si_status, 0} : ProcessEnd{0, info.si_status};
}

sigset_t set_of(const std::vector<int>& signal_numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signal_numbers) sigaddset(&set, number);
  return set;
}

// For kernels built without the list of children.
std::vector<int> scan_for_children(int parent) {
  std::vector<int> children;
  for (const int pid : list_processes()) {
    const auto info = find_process(pid);
    if (info && info->parent == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace

std::optional<ProcessInfo> find_process(int pid) {
  const Result<std::string> stat = read_file(proc_path(pid, "/stat"), 4096);
  if (!stat.ok()) return std::nullopt;
  const size_t after_name = stat->rfind(')');  // the name itself may hold anything
  if (after_name == std::string::npos) return std::nullopt;
  ProcessInfo info;
  info.pid = pid;
  unsigned long long user = 0, system = 0, start = 0, virtual_bytes = 0;
  long long threads = 0, resident_pages = 0;
  const int found = std::sscanf(
      stat->c_str() + after_name + 1,
      " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %lld %*d %llu %llu %lld",
      &info.state, &info.parent, &info.group, &info.session, &user, &system, &threads, &start, &virtual_bytes,
      &resident_pages);
  if (found != 10) return std::nullopt;
  info.start_ticks = static_cast<int64_t>(start);
  info.started = boot_time() + from_ticks(start);
  info.user_time = from_ticks(user);
  info.system_time = from_ticks(system);
  info.threads = threads;
  info.virtual_bytes = static_cast<int64_t>(virtual_bytes);
  info.resident_bytes = resident_pages * ::sysconf(_SC_PAGESIZE);
  return info;
}

std::vector<int> list_processes() {
  std::vector<int> pids;
  for (const std::string& name : list_names("/proc")) {
    if (is_number(name)) pids.push_back(std::atoi(name.c_str()));
  }
  return pids;
}

std::vector<int> children_of(int pid) {
  static const bool kernel_lists_children = exists("/proc/thread-self/children");
  if (!kernel_lists_children) return scan_for_children(pid);
  std::vector<int> children;
  for (const std::string& thread : list_names(proc_path(pid, "/task"))) {
    const Result<std::string> list = read_file(proc_path(pid, "/task/") + thread + "/children");
    if (!list.ok()) continue;
    for (const int child : parse_pids(*list)) children.push_back(child);
  }
  return children;
}

std::vector<int> descendants_of(int pid) {
  std::vector<int> found = children_of(pid);
  for (size_t i = 0; i < found.size(); ++i) {
    const std::vector<int> more = children_of(found[i]);
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

std::string boot_id() {
  Result<std::string> id = read_file("/proc/sys/kernel/random/boot_id", 4096);
  if (!id.ok()) return "";
  while (!id->empty() && id->back() == '\n') id->pop_back();
  return *id;
}

// A process whose first thread has ended looks like a zombie while others run.
bool is_alive(const ProcessInfo& info) {
  return (info.state != 'Z' && info.state != 'X') || info.threads > 1;
}

std::optional<std::string> environment_of(int pid, const std::string& name) {
  const Result<std::string> all = read_file(proc_path(pid, "/environ"));
  if (!all.ok()) return std::nullopt;
  const std::string wanted = name + "=";
  for (size_t at = 0; at < all->size();) {
    const size_t end = std::min(all->find('\0', at), all->size());
    if (all->compare(at, wanted.size(), wanted) == 0) {
      return all->substr(at + wanted.size(), end - at - wanted.size());
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::string command_line_of(int pid) {
  constexpr size_t kBytesMax = 1000;
  const Result<std::string> words = read_file(proc_path(pid, "/cmdline"));
  if (!words.ok()) return "";
  if (words->empty()) {
    const Result<std::string> name = read_file(proc_path(pid, "/comm"));
    return name.ok() ? "[" + name->substr(0, name->find('\n')) + "]" : "";
  }
  std::string text = words->substr(0, std::min(kBytesMax, words->size() - 1));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

bool is_same_process(int pid, Instant started_about) {
  const auto info = find_process(pid);
  if (!info) return false;
  const int64_t apart_ms = std::abs((info->started - started_about).ms);
  return apart_ms <= seconds(10).ms;
}

std::optional<int> find_signal(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  return std::nullopt;
}

std::string signal_name(int signal_number) {
  const char* known = ::sigabbrev_np(signal_number);
  return known != nullptr ? known : std::to_string(signal_number);
}

void send_signal(int pid, int signal_number) {
  if (pid > 1) ::kill(pid, signal_number);
}
void send_signal_to_group(int leader, int signal_number) {
  if (leader > 1) ::kill(-leader, signal_number);
}

namespace {

Duration monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return milliseconds(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

using StartTicks = std::map<int, int64_t>;  // by pid

// Stops those who live and adds them to `members`; true if there was somebody new.
bool stop_families(const VisitRoots& visit_roots, StartTicks& members) {
  bool any_new = false;
  const auto stop = [&](int pid) {
    const auto info = members.contains(pid) ? std::nullopt : find_process(pid);
    if (!info || !is_alive(*info)) return;
    send_signal(pid, SIGSTOP);
    members.emplace(pid, info->start_ticks);
    any_new = true;
  };
  visit_roots([&](int root) {
    stop(root);
    for (const int pid : descendants_of(root)) stop(pid);
  });
  return any_new;
}

}  // namespace

bool end_families(const VisitRoots& visit_roots, Duration max) {
  const Duration deadline = monotonic_now() + max;
  StartTicks dying;  // they may be nobody's family any more
  for (;;) {
    StartTicks members;
    while (stop_families(visit_roots, members) && monotonic_now() < deadline) {
    }
    for (const auto& [pid, start_ticks] : members) send_signal(pid, SIGKILL);
    for (const auto& [pid, start_ticks] : members) dying[pid] = start_ticks;
    std::erase_if(dying, [](const auto& member) {
      const auto info = find_process(member.first);
      return !info || info->start_ticks != member.second || !is_alive(*info);
    });
    if (members.empty() && dying.empty()) return true;
    if (monotonic_now() >= deadline) return false;
    const timespec moment{0, 500'000};  // for them to die
    ::nanosleep(&moment, nullptr);
  }
}

Result<Fd> open_process(int pid) {
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.is_open()) return system_error("cannot watch process", std::to_string(pid));
  return fd;
}

void send_signal_through(const Fd& process, int signal_number) {
  ::syscall(SYS_pidfd_send_signal, process.get(), signal_number, nullptr, 0);
}

bool is_reaped(const Fd& process) {
  return ::syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0) != 0 && errno == ESRCH;
}

int pid_of(const Fd& process) {
  const Result<std::string> info = read_file("/proc/self/fdinfo/" + std::to_string(process.get()), 4096);
  const size_t at = info.ok() ? info->find("Pid:") : std::string::npos;
  return at == std::string::npos ? 0 : std::max(0, std::atoi(info->c_str() + at + 4));
}

namespace {

constexpr auto kByDescriptor = static_cast<idtype_t>(3);  // P_PIDFD, younger than some headers

}  // namespace

std::optional<ProcessEnd> peek_end(const Fd& process) {
  siginfo_t info{};
  const auto id = static_cast<id_t>(process.get());
  if (::waitid(kByDescriptor, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return std::nullopt;
  return end_of(info);
}

std::optional<ProcessEnd> reap_through(const Fd& process) {
  siginfo_t info{};
  if (::waitid(kByDescriptor, static_cast<id_t>(process.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return std::nullopt;
  forget_child(info.si_pid);
  return end_of(info);
}

std::optional<ProcessEnd> reap(int pid) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return std::nullopt;
  forget_child(pid);
  return end_of(info);
}

ProcessEnd wait_for_child(int pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  forget_child(pid);
  return WIFSIGNALED(status) ? ProcessEnd{0, WTERMSIG(status)} : ProcessEnd{WEXITSTATUS(status), 0};
}

std::optional<ProcessEnd> end_of_stranger(const Fd& process) {
  // Younger than the headers that we compile with.
  struct PidfdInfo {
    uint64_t mask = 0;
    uint64_t cgroup_id = 0;
    uint32_t ids[11] = {};
    int32_t exit_code = 0;  // as wait() tells it
  };
  constexpr uint64_t kExit = 1u << 3;
  constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);
  PidfdInfo info{.mask = kExit};
  if (::ioctl(process.get(), kGetInfo, &info) != 0 || (info.mask & kExit) == 0) return std::nullopt;
  if (WIFSIGNALED(info.exit_code)) return ProcessEnd{0, WTERMSIG(info.exit_code)};
  return ProcessEnd{WEXITSTATUS(info.exit_code), 0};
}

std::optional<EndedChild> peek_ended_child() {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return std::nullopt;
  return EndedChild{info.si_pid, end_of(info)};
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

bool is_copy_of_us(int pid) {
  char theirs[4096];
  char ours[4096];
  const ssize_t theirs_size = ::readlink(proc_path(pid, "/exe").c_str(), theirs, sizeof theirs);
  const ssize_t ours_size = ::readlink("/proc/self/exe", ours, sizeof ours);
  return theirs_size > 0 && theirs_size == ours_size &&
         std::memcmp(theirs, ours, static_cast<size_t>(ours_size)) == 0;
}

bool has_our_user(int pid) {
  struct stat status {};
  return ::stat(proc_path(pid, "").c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

std::string process_name(int pid) {
  const Result<std::string> name = read_file(proc_path(pid, "/comm"), 4096);
  return name.ok() ? name->substr(0, name->find('\n')) : std::string();
}

void set_process_name(const char* name) { ::prctl(PR_SET_NAME, name, 0, 0, 0); }

void block_signals(const std::vector<int>& signal_numbers) {
  const sigset_t set = set_of(signal_numbers);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
}

Result<Fd> open_signals(const std::vector<int>& signal_numbers) {
  const sigset_t set = set_of(signal_numbers);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.is_open()) return system_error("cannot watch", "signals");
  return fd;
}

std::optional<int> wait_for_signal(const std::vector<int>& signal_numbers, std::optional<Duration> max) {
  const sigset_t set = set_of(signal_numbers);
  timespec timeout{};
  if (max) timeout = {max->ms / 1000, (max->ms % 1000) * 1'000'000};
  for (;;) {
    const int number = ::sigtimedwait(&set, nullptr, max ? &timeout : nullptr);
    if (number > 0) return number;
    // Interrupted by something that is no event: a caller with a timer looks at its clock, one without sleeps
    // on.
    if (max || errno != EINTR) return std::nullopt;
  }
}

int own_pid() { return ::getpid(); }
std::string own_program() { return "/proc/self/exe"; }

}  // namespace aurora::os
