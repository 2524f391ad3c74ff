// Readers that follow logs of this host: each holds a thread of the server while it waits, and there are no more than
// kLogFollowersMax. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "aurora/api/executor_api.h"

namespace aurora::api {

class LogSeats {
 public:
  // Held as long as what is returned; nothing when all are taken.
  std::shared_ptr<void> take() {
    std::shared_ptr<void> seat(taken_.get(), [taken = taken_](void*) { --*taken; });
    return taken_->fetch_add(1) < kLogFollowersMax ? seat : nullptr;
  }
  // `instead`: what one who has none can do.
  static Error none(const std::string& instead) {
    return {ErrorCode::ResourceExhausted, std::to_string(kLogFollowersMax) +
                                              " readers follow logs of this host already, which is all there may be; " +
                                              instead};
  }

 private:
  const std::shared_ptr<std::atomic<int>> taken_ = std::make_shared<std::atomic<int>>(0);
};

// POST /v1/logs:read
net::Route many_logs_route(const ExecutorServices& services, const LogSeats& seats);

}  // namespace aurora::api
