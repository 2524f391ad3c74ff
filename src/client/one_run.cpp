#include "client/one_run.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace aurora::client {
namespace {

class ExecRun final : public OneRun {
 public:
  explicit ExecRun(Result<ExecCall> call) : call_(std::move(call)) {
    if (call_.ok()) call_->close_input();
  }
  int descriptor() const override { return -1; }

  bool advance(OutputSpool& output) override {
    if (!call_.ok()) return false;
    while (const auto next = call_->take()) output.add(next->bytes);
    end_ = call_->find_end();
    return !end_;
  }

  Outcome outcome() override {
    using Kind = Outcome::Kind;
    if (!call_.ok()) return {Kind::Failed, 0, call_.error()};
    if (!*end_) {
      const Error& error = end_->error();
      if (error.code == ErrorCode::ResourceExhausted) return {Kind::Busy, 0, error};
      return {call_->is_unanswered() ? Kind::NoServer : Kind::Failed, 0, error};
    }
    const ExecEnd& end = **end_;
    if (end.reason.empty()) return {Kind::Ended, end.code};
    return {Kind::Failed, end.code, {ErrorCode::FailedPrecondition, "the command was ended: " + end.reason}};
  }

 private:
  Result<ExecCall> call_;
  std::optional<Result<ExecEnd>> end_;
};

class ProgramRun final : public OneRun {
 public:
  explicit ProgramRun(const std::vector<std::string>& words) : program_(words.front()) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      problem_ = errno;
      return;
    }
    output_ = ends[0];
    fcntl(output_, F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t streams;
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_adddup2(&streams, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&streams, ends[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    problem_ = posix_spawnp(&pid_, arguments.front(), &streams, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&streams);
    close(ends[1]);
  }
  ~ProgramRun() override {
    if (output_ >= 0) close(output_);
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      wait_for_end();
    }
  }
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;
  int descriptor() const override { return output_; }

  bool advance(OutputSpool& output) override {
    if (problem_ != 0) return false;
    char bytes[65536];
    for (;;) {
      const ssize_t count = read(output_, bytes, sizeof bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return true;
      if (count <= 0) break;
      output.add({bytes, static_cast<size_t>(count)});
    }
    wait_for_end();
    return false;
  }

  Outcome outcome() override {
    if (problem_ == 0) return {Outcome::Kind::Ended, code_};
    return {Outcome::Kind::NoServer, 0, {ErrorCode::Unavailable, "Cannot run " + program_ + ": " + std::strerror(problem_)}};
  }

 private:
  void wait_for_end() {
    int status = 0;
    const pid_t pid = std::exchange(pid_, 0);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  const std::string program_;
  pid_t pid_ = 0;
  int output_ = -1;
  int problem_ = 0;  // errno
  int code_ = 0;
};

}  // namespace

std::unique_ptr<OneRun> run_by_exec(net::WebSocketClients& sockets, SchedulerClient& scheduler, const core::JobKey& job,
                                    int32_t instance, const std::string& line) {
  ExecWish wish;
  wish.words = shell_words("exec 2>&1\n" + line);  // in the order in which it is written
  return std::make_unique<ExecRun>(ExecCall::begin(sockets, scheduler, job, instance, wish));
}

std::unique_ptr<OneRun> run_by_program(const std::vector<std::string>& words) { return std::make_unique<ProgramRun>(words); }

}  // namespace aurora::client
