// The tasks of a host in a few bytes: what a beat carries in place of their list. The executor keeps one of
// what it has, the scheduler one of what its tables expect to hear, each by what changes, and where the two
// differ the list is asked for. This is the only definition: both sides are of one mind about it or the list
// is sent at every beat.
#pragma once

#include <optional>

#include "aurora/core/task/task.h"

namespace aurora::core {

struct TaskDigest {
  int64_t count = 0;
  int64_t hash =
      0;  // one hash per (id, status), added up modulo 2^64: in no order, and what was added can be removed

  void add(const TaskId& id, TaskStatus status);
  void remove(const TaskId& id, TaskStatus status);  // REQUIRES: it was added
  friend bool operator==(const TaskDigest&, const TaskDigest&) = default;
};
void fields(Is<TaskDigest> auto& d, auto&& visit) {
  visit("count", d.count);
  visit("hash", d.hash);
}

// What the host of an assigned task has told of it last, which it goes on telling while nothing changes.
// Nothing: the host has never told of it, so either it has not arrived or the host will tell. No host tells
// Partitioned: the digest of a host with such a task is never met, and the list says what became of it.
std::optional<TaskStatus> find_told_status(const Task& task);

// What the tables expect of a host.
struct ExpectedTasks {
  TaskDigest told;
  int64_t untold =
      0;  // assigned tasks of which the host has never told: where the digests agree it has none of them

  void add(const Task& task);  // of this host; nothing if it is not assigned
  void remove(const Task& task);
  friend bool operator==(const ExpectedTasks&, const ExpectedTasks&) = default;
};

}  // namespace aurora::core
