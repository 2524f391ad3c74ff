#include "modes/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "aurora/base/printable.h"

namespace aurora {
namespace {

constexpr size_t kLineMax = 8192;

// In the child, between fork and exec: no allocation.
[[noreturn]] void become(const char* program, char* const* arguments, int output, pid_t parent) {
  setpgid(0, 0);  // ^C on the terminal is the parent's; it stops its children in order
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, STDIN_FILENO);
  execv(program, arguments);
  _exit(127);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::string& name, const std::string& program,
                                         const std::vector<std::string>& arguments) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Error{ErrorCode::Internal, std::string("pipe: ") + std::strerror(errno)};
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(program.c_str(), argv.data(), pipe_ends[1], parent);
  close(pipe_ends[1]);
  if (pid < 0) {
    close(pipe_ends[0]);
    return Error{ErrorCode::Internal, std::string("fork: ") + std::strerror(errno)};
  }
  setpgid(pid, pid);
  fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
  ChildProcess child;
  child.name_ = name;
  child.pid_ = pid;
  child.output_ = pipe_ends[0];
  return child;
}

ChildProcess::~ChildProcess() {
  if (output_ >= 0) close(output_);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      partial_(std::move(other.partial_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(partial_, other.partial_);
  return *this;
}

std::vector<std::string> ChildProcess::read_lines() {
  std::vector<std::string> lines;
  const std::string prefix = "[" + name_ + "] ";
  char buffer[16384];
  ssize_t count = 0;
  while (output_ >= 0 && (count = read(output_, buffer, sizeof buffer)) > 0) {
    partial_.append(buffer, static_cast<size_t>(count));
    size_t begin = 0;
    for (size_t end; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(prefix + printable(partial_.substr(begin, end - begin)));
    }
    partial_.erase(0, begin);
    if (partial_.size() > kLineMax) lines.push_back(prefix + printable(std::exchange(partial_, "")));
  }
  const bool is_closed = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  if (output_ >= 0 && is_closed) {
    if (!partial_.empty()) lines.push_back(prefix + printable(std::exchange(partial_, "")));
    close(output_);
    output_ = -1;
  }
  return lines;
}

bool ChildProcess::poll_end(std::string& how) {
  int status = 0;
  if (pid_ < 0 || waitpid(pid_, &status, WNOHANG) != pid_) return pid_ < 0;
  pid_ = -1;
  how = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                          : "signal " + std::to_string(WTERMSIG(status));
  return true;
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

}  // namespace aurora
