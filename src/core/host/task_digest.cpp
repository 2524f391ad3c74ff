#include "aurora/core/host/task_digest.h"

#include <algorithm>
#include <string_view>

namespace aurora::core {
namespace {

// Every step is a bijection in which each bit of the input moves half of the output's (splitmix64's
// finalizer).
uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The same on every machine: bytes in the order of the text.
uint64_t word_of(std::string_view bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < bytes.size(); ++i) word |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return word;
}

uint64_t hash_of(std::string_view id, TaskStatus status) {
  uint64_t hash = mix(id.size() << 8 | static_cast<uint64_t>(status));
  for (size_t at = 0; at < id.size(); at += 8) hash = mix(hash ^ word_of(id.substr(at, 8)));
  return hash;
}

int64_t sum(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

}  // namespace

void TaskDigest::add(const TaskId& id, TaskStatus status) {
  ++count;
  hash = sum(hash, hash_of(id.value(), status));
}

void TaskDigest::remove(const TaskId& id, TaskStatus status) {
  --count;
  hash = sum(hash, 0 - hash_of(id.value(), status));
}

std::optional<TaskStatus> find_told_status(const Task& task) {
  using enum TaskStatus;
  if (task.status == Starting || task.status == Running || task.status == Partitioned) return task.status;
  if (task.status == Assigned) return std::nullopt;
  const auto told = std::find_if(task.events.rbegin(), task.events.rend(), [](const TaskEvent& event) {
    return event.status == Starting || event.status == Running || event.status == Assigned;
  });
  if (told == task.events.rend() || told->status == Assigned) return std::nullopt;
  return told->status;
}

void ExpectedTasks::add(const Task& task) {
  if (!is_assigned(task.status)) return;
  if (const auto status = find_told_status(task)) {
    told.add(task.id, *status);
  } else {
    ++untold;
  }
}

void ExpectedTasks::remove(const Task& task) {
  if (!is_assigned(task.status)) return;
  if (const auto status = find_told_status(task)) {
    told.remove(task.id, *status);
  } else {
    --untold;
  }
}

}  // namespace aurora::core
