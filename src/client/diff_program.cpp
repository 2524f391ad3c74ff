#include "client/diff_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "aurora/base/printable.h"
#include "client/line_diff.h"

extern char** environ;

namespace aurora::client {
namespace {

// A file that goes away with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int file = mkstemp(path_);
    if (file < 0) return;
    size_t written = 0;
    while (written < text.size()) {
      const ssize_t n = ::write(file, text.data() + written, text.size() - written);
      if (n < 0 && errno != EINTR) break;
      if (n > 0) written += static_cast<size_t>(n);
    }
    is_good_ = written == text.size();
    close(file);
  }
  ~TemporaryFile() { unlink(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  bool is_good() const { return is_good_; }
  char* path() { return path_; }

 private:
  char path_[32] = "/tmp/aurora-diff-XXXXXX";
  bool is_good_ = false;
};

// Its exit status, or why it could not be begun. It has the terminal and ^C to itself, and a reader of its output that goes
// away ends it as usual.
Result<int> run_program(const std::string& program, char* left, char* right) {
  char* const arguments[] = {const_cast<char*>(program.c_str()), left, right, nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGINT, &ignore, &before);
  pid_t pid = 0;
  const int error_number = posix_spawnp(&pid, program.c_str(), nullptr, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  int status = 0;
  while (error_number == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  sigaction(SIGINT, &before, nullptr);
  if (error_number != 0) return Error{ErrorCode::NotFound, std::strerror(error_number)};
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Absent: none was chosen.
std::optional<std::string> chosen_program(Session& session) {
  auto chosen = session.world().variable("DIFF_VIEWER");
  return chosen && !chosen->empty() ? chosen : std::nullopt;
}

// False: there is no such program.
Result<bool> show_by_program(const std::string& program, const DiffSides& sides) {
  // The program writes to the terminal itself.
  TemporaryFile left(printable(sides.remote));
  TemporaryFile right(printable(sides.local));
  if (!left.is_good() || !right.is_good()) return false;
  const auto status = run_program(program, left.path(), right.path());
  if (!status.ok()) return false;
  if (*status <= 1) return true;
  return Error{ErrorCode::Internal, "Error running diff: " + program + " ended with status " + std::to_string(*status)};
}

Tone tone_of(const std::string& line) {
  if (line.starts_with('+')) return Tone::Added;
  if (line.starts_with('-')) return Tone::Removed;
  return line.starts_with('@') ? Tone::Place : Tone::Plain;
}

}  // namespace

Result<bool> show_difference(Session& session, const DiffSides& sides) {
  const std::string program = chosen_program(session).value_or("diff");
  if (!TRY(show_by_program(program, sides))) session.console().write(line_difference(sides.remote, sides.local));
  return sides.remote != sides.local;
}

Result<bool> show_unified(Session& session, const DiffSides& sides) {
  Console& console = session.console();
  if (const auto program = chosen_program(session)) {
    if (TRY(show_by_program(*program, sides))) return sides.remote != sides.local;
    console.log(Severity::Warning, "DIFF_VIEWER " + *program + " cannot be run");
  }
  if (sides.remote == sides.local) return false;
  console.print(Tone::Removed, "--- " + sides.remote_name);
  console.print(Tone::Added, "+++ " + sides.local_name);
  for (const std::string& line : unified_lines(sides.remote, sides.local)) console.print(tone_of(line), line);
  return true;
}

}  // namespace aurora::client
