// Waiting for many descriptors at once, and pipes that outlive their readers. One thread, except wake().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::os {

class Poller {
 public:
  Poller();
  Status add(const Fd& fd, uint64_t key);  // readable, level-triggered; key is not 0
  // For what says by POLLPRI that it has changed (cgroup's memory.events) and is quiet once it was read.
  Status add_priority(const Fd& fd, uint64_t key);
  // For a descriptor that somebody else closes, which is all that it needs to be forgotten. Known already: waits for the
  // other direction from now on.
  enum class Direction { Read, Write };
  Status watch(int fd, uint64_t key, Direction direction);
  void remove(const Fd& fd);
  std::vector<uint64_t> wait(Duration max);  // keys of what is readable; empty after `max` or wake()
  void wake();                               // thread-safe

 private:
  Fd epoll_;
  Fd event_;
};

// A named pipe, open at both ends, so that writers never fail for want of a reader. Non-blocking.
Result<Fd> open_named_pipe(const std::string& path, int capacity_bytes);
std::string read_available(const Fd& fd);
bool is_readable(const Fd& fd);  // now: there are bytes or their end, or the process has ended

// Raises the limit of open files to what the system allows: one descriptor watches each runner.
void raise_file_limit();

}  // namespace aurora::os
