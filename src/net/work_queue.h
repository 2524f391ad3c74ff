// A bounded queue of work, served by a fixed number of threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace aurora::net {

class WorkQueue {
 public:
  WorkQueue(int threads, size_t waiting_max) : waiting_max_(waiting_max) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  ~WorkQueue() { stop(); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // False when too much waits, or after stop().
  bool try_add(std::function<void()> work) {
    {
      std::lock_guard lock(mutex_);
      if (is_stopping_ || waiting_.size() >= waiting_max_) return false;
      waiting_.push_back(std::move(work));
    }
    has_work_.notify_one();
    return true;
  }
  // For work that is done on the caller's thread: false after stop(), else stop() waits for its end_rest().
  bool try_begin() {
    std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    ++expected_;
    return true;
  }
  // For work that goes on later, without a thread until then: says so, on the thread that does its first
  // part; then hands in the rest, which is never refused, or says that it was done elsewhere, once.
  void expect_rest() {
    std::lock_guard lock(mutex_);
    ++expected_;
  }
  void add_rest(std::function<void()> work) {
    // All under the lock: after the last rest, whoever stops the queue may destroy it at once.
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    has_work_.notify_one();
    end_rest_locked();
  }
  void end_rest() {
    std::lock_guard lock(mutex_);
    end_rest_locked();
  }
  void stop() {  // does what waits, and waits for what is being done, and for its rest
    {
      std::lock_guard lock(mutex_);
      is_stopping_ = true;
      has_work_.notify_all();
    }
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void end_rest_locked() {
    --expected_;
    if (is_stopping_) has_work_.notify_all();
  }
  void run() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        has_work_.wait(lock, [this] { return (is_stopping_ && expected_ == 0) || !waiting_.empty(); });
        if (waiting_.empty()) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      work();
    }
  }

  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::function<void()>> waiting_;
  size_t expected_ = 0;  // rests to come
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace aurora::net
