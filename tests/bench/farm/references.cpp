#include "farm/references.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aurora/base/clock.h"
#include "farm/figures.h"

namespace aurora::farm {
namespace {

// How often in a second, after `time`.
template <typename Action>
double rate_of(Duration time, Action action) {
  const int64_t begin = steady_nanos();
  int64_t count = 0;
  while (steady_nanos() - begin < time.ms * 1'000'000) {
    if (!action()) return 0;
    ++count;
  }
  return static_cast<double>(count) * 1e9 / static_cast<double>(steady_nanos() - begin);
}

bool fork_and_execute() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(127);
  }
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string measure_references(const std::string& folder, Duration time) {
  const std::string path = folder + "/synced";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string record(1000, 'x');
  const auto append = [&] {
    return ::write(file, record.data(), record.size()) == static_cast<ssize_t>(record.size()) && ::fdatasync(file) == 0;
  };
  const double appends = rate_of(time, append);
  ::close(file);
  ::unlink(path.c_str());
  return codec::JsonObject()
      .add("synced_appends_per_second", appends)
      .add("fork_exec_per_second", rate_of(time, fork_and_execute))
      .text();
}

}  // namespace aurora::farm
