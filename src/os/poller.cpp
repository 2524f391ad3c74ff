#include "aurora/os/poller.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace aurora::os {
namespace {

constexpr uint64_t kWakeKey = 0;

Status watch(const Fd& epoll, const Fd& fd, uint64_t key, uint32_t events = EPOLLIN) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0) return Unit{};
  return system_error("cannot watch", "a descriptor");
}

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  AURORA_CHECK(os::watch(epoll_, event_, kWakeKey).ok());
}

Status Poller::add(const Fd& fd, uint64_t key) { return aurora::os::watch(epoll_, fd, key); }
Status Poller::add_priority(const Fd& fd, uint64_t key) { return aurora::os::watch(epoll_, fd, key, EPOLLPRI); }

Status Poller::watch(int fd, uint64_t key, Direction direction) {
  epoll_event event{};
  event.events = direction == Direction::Read ? EPOLLIN : EPOLLOUT;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return Unit{};
  if (errno == EEXIST && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return Unit{};
  return system_error("cannot watch", "a descriptor");
}

void Poller::remove(const Fd& fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr); }

std::vector<uint64_t> Poller::wait(Duration max) {
  constexpr int kEventsMax = 256;
  constexpr Duration kLongest = minutes(10);
  epoll_event events[kEventsMax];
  const auto timeout_ms = static_cast<int>(std::clamp<int64_t>(max.ms, 0, kLongest.ms));
  const int count = ::epoll_wait(epoll_.get(), events, kEventsMax, timeout_ms);
  std::vector<uint64_t> keys;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 != kWakeKey) {
      keys.push_back(events[i].data.u64);
      continue;
    }
    uint64_t ignored = 0;
    static_cast<void>(!::read(event_.get(), &ignored, sizeof ignored));
  }
  return keys;
}

void Poller::wake() {
  const uint64_t one = 1;
  static_cast<void>(!::write(event_.get(), &one, sizeof one));
}

Result<Fd> open_named_pipe(const std::string& path, int capacity_bytes) {
  if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return system_error("cannot make the pipe", path);
  Fd pipe(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!pipe.is_open()) return system_error("cannot open the pipe", path);
  ::fcntl(pipe.get(), F_SETPIPE_SZ, capacity_bytes);  // the default will do where this is refused
  return pipe;
}

std::string read_available(const Fd& fd) {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

bool is_readable(const Fd& fd) {
  pollfd look{fd.get(), POLLIN, 0};
  return ::poll(&look, 1, 0) > 0;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace aurora::os
