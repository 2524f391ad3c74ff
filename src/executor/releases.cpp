#include "executor/releases.h"

#include <algorithm>

namespace aurora::executor {
namespace {

constexpr Duration kPause = milliseconds(20);
constexpr Duration kPauseMax = seconds(1);

}  // namespace

void Releases::expect(const core::TaskId& task_id) {
  if (!confiner_) return;
  tasks_.insert(task_id);
  pause_ = kPause;
  next_ = {};
}

void Releases::find_left(const std::function<bool(const core::TaskId&)>& is_over) {
  if (!confiner_ || std::exchange(has_found_left_, true)) return;
  for (const core::TaskId& task_id : confiner_->list_confined()) {
    if (is_over(task_id)) expect(task_id);
  }
}

void Releases::look(Duration now) {
  if (tasks_.empty() || now < next_) return;
  std::erase_if(tasks_, [&](const core::TaskId& task_id) { return confiner_->release(task_id); });
  pause_ = std::min(pause_ * 2, kPauseMax);
  next_ = now + pause_;
}

std::optional<Duration> Releases::next_look() const {
  return tasks_.empty() ? std::nullopt : std::optional(next_);
}

}  // namespace aurora::executor
