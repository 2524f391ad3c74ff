#include "config/watchdog.h"

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace aurora::config {
namespace {

constexpr std::chrono::milliseconds kGrace{5000};
constexpr int kExitInvalidConfiguration = 3;

}  // namespace

Watchdog::Watchdog(std::string path, int64_t time_ms) {
  if (time_ms > 0) thread_ = std::thread([this, path = std::move(path), time_ms] { watch(path, time_ms); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  finished_.notify_one();
  thread_.join();
}

void Watchdog::watch(const std::string& path, int64_t time_ms) {
  // Python's timer must interrupt the thread that runs the file, not this one.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  if (finished_.wait_for(lock, std::chrono::milliseconds(time_ms) + kGrace, [this] { return done_; })) return;
  std::fprintf(stderr,
               "Error loading configuration: %s: evaluation took longer than %g s inside one call and was stopped\n",
               path.c_str(), static_cast<double>(time_ms) / 1000.0);
  std::_Exit(kExitInvalidConfiguration);
}

}  // namespace aurora::config
