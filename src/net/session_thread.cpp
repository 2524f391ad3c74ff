#include "net/session_thread.h"

#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include "aurora/base/log.h"

namespace aurora::net {

SessionThread::SessionThread(size_t places_max, std::string name)
    : places_max_(places_max), name_(std::move(name)), thread_([this] { run(); }) {}

SessionThread::~SessionThread() { stop(); }

// What a handler throws (no memory, for one) costs its own session.
void SessionThread::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);  // SIGPIPE above all: who is written to may be gone
  for (;;) {
    try {
      io_.run();
      return ended_.set_value();
    } catch (const std::exception& error) {
      log_error("net", name_ + ": " + error.what());
    }
  }
}

bool SessionThread::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

SessionThread::Place SessionThread::take_place() {
  Place place(places_taken_.get(), [taken = places_taken_](void*) { --*taken; });
  return places_taken_->fetch_add(1) < places_max_ ? place : nullptr;
}

bool SessionThread::note(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return false;
  std::erase_if(sessions_, [](const auto& known) { return known.expired(); });
  sessions_.push_back(session);
  return true;
}

void SessionThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_stopping_, true)) return;
  }
  boost::asio::post(io_, [this] {
    for (const auto& session : sessions_) {
      if (const auto there = session.lock()) there->stop();
    }
    work_.reset();
  });
  constexpr auto kGoodbye = std::chrono::milliseconds(500);
  if (ended_.get_future().wait_for(kGoodbye) == std::future_status::timeout) io_.stop();
  thread_.join();
}

}  // namespace aurora::net
