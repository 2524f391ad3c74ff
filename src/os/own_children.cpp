#include "os/own_children.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <set>

#include "aurora/os/processes.h"

namespace aurora::os {
namespace {

struct OwnChildren {
  std::mutex mutex;
  std::set<int> pids;
};

OwnChildren& own_children() {  // not global: the nursery runs before globals are made
  static OwnChildren children;
  return children;
}

}  // namespace

int note_child(const std::function<int()>& start) {
  OwnChildren& own = own_children();
  const std::lock_guard lock(own.mutex);
  const int pid = start();
  if (pid > 0) own.pids.insert(pid);
  return pid;
}

void forget_child(int pid) {
  OwnChildren& own = own_children();
  const std::lock_guard lock(own.mutex);
  own.pids.erase(pid);
}

// Not one by one: each would be written to, and its page be ours alone instead of shared with all other copies.
void forget_children() { new (&own_children().pids) std::set<int>; }

std::vector<int> adopted_children() {
  OwnChildren& own = own_children();
  const std::lock_guard lock(own.mutex);
  std::vector<int> children = children_of(own_pid());
  std::erase_if(children, [&](int pid) { return own.pids.contains(pid); });
  return children;
}

}  // namespace aurora::os
