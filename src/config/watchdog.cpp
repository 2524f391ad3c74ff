#include "config/watchdog.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>

namespace aurora::config {
namespace {

constexpr std::chrono::milliseconds kGrace{5000};
constexpr int kExitInvalidConfiguration = 3;

}  // namespace

Watchdog::Watchdog(std::string path, int64_t time_ms) : path_(std::move(path)), time_ms_(time_ms) {
  deadline_ = next_deadline();
  if (time_ms > 0) thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Watchdog::Moment Watchdog::next_deadline() const {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(time_ms_) + kGrace;
}

void Watchdog::set_deadline(std::optional<Moment> deadline) {
  {
    const std::lock_guard lock(mutex_);
    deadline_ = deadline;
  }
  changed_.notify_one();
}

void Watchdog::watch() {
  // Python's timer must interrupt the thread that runs the file, not this one.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  while (!done_) {
    if (!deadline_) {
      changed_.wait(lock);
    } else if (std::chrono::steady_clock::now() < *deadline_) {
      changed_.wait_until(lock, Moment(*deadline_));
    } else {
      std::fprintf(stderr,
                   "Error loading configuration: %s: evaluation took longer than %g s inside one call and "
                   "was stopped\n",
                   path_.c_str(), static_cast<double>(time_ms_) / 1000.0);
      std::_Exit(kExitInvalidConfiguration);
    }
  }
}

}  // namespace aurora::config
