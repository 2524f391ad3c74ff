// One thread that moves the bytes of many sessions with others, none of which may wait there. Their number is bounded, and
// all are told when it stops. Thread-safe.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aurora::net {

// Used on the thread.
class Session {
 public:
  virtual ~Session() = default;
  virtual void stop() = 0;  // it ends soon
};

class SessionThread {
 public:
  // `name`: of a session, in the log.
  SessionThread(size_t places_max, std::string name);
  ~SessionThread();  // stops
  SessionThread(const SessionThread&) = delete;
  SessionThread& operator=(const SessionThread&) = delete;

  boost::asio::io_context& io() { return io_; }
  size_t places_max() const { return places_max_; }
  bool is_stopping() const;

  // Taken until its last copy is gone. Nothing: all are.
  using Place = std::shared_ptr<void>;
  Place take_place();

  // Work for the thread. False: it stops, and `work` was destroyed, which closes what it holds.
  template <typename Work>
  bool post(Work work) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    boost::asio::post(io_, std::move(work));
    return true;
  }
  // On the thread: tells `session` of the end. False: no more begin.
  bool note(const std::shared_ptr<Session>& session);

  // Sessions have half a second for their goodbyes.
  void stop();

 private:
  void run();

  const size_t places_max_;
  const std::string name_;
  const std::shared_ptr<std::atomic<size_t>> places_taken_ = std::make_shared<std::atomic<size_t>>(0);
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  mutable std::mutex mutex_;
  bool is_stopping_ = false;
  std::vector<std::weak_ptr<Session>> sessions_;  // those that are gone, too, until the next comes
  std::promise<void> ended_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace aurora::net
