#include "aurora/base/repeater.h"

#include <chrono>

namespace aurora {

Repeater::Repeater(Work work) : work_(std::move(work)), thread_([this] { run(); }) {}

Repeater::~Repeater() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Repeater::run() {
  while (!stopping_) {
    const Duration wait = work_(stopping_);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(wait.ms), [this] { return stopping_.load(); });
  }
}

}  // namespace aurora
