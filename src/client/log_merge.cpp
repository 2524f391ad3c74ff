#include "client/log_merge.h"

#include <algorithm>
#include <utility>

namespace aurora::client {

void LogMerge::add_task(const std::string& task_id) {
  if (tasks_.emplace(task_id, Task{}).second) ++held_up_by_;
}

void LogMerge::add(LogPiece piece) {
  const auto found = tasks_.find(piece.task_id);
  if (found == tasks_.end() || found->second.is_finished) return;
  Task& task = found->second;
  task.time_ms = std::max(task.time_ms, piece.time_ms.value_or(0));
  if (task.pieces.empty()) {
    heads_.emplace(task.time_ms, piece.task_id);
    if (task.is_waited_for) --held_up_by_;
  }
  task.order.push_back(task.time_ms);
  task.bytes += piece.text.size();
  task.pieces.push_back(std::move(piece));
}

void LogMerge::catch_up(const std::string& task_id) {
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end() || !std::exchange(found->second.is_waited_for, false)) return;
  if (found->second.pieces.empty()) --held_up_by_;
}

void LogMerge::finish(const std::string& task_id) {
  catch_up(task_id);
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end() || std::exchange(found->second.is_finished, true)) return;
  note_over(found->second);
}

void LogMerge::note_over(const Task& task) {
  if (task.is_finished && task.pieces.empty()) ++over_;
}

std::optional<LogPiece> LogMerge::take() {
  if (heads_.empty() || held_up_by_ > 0) return std::nullopt;
  const auto head = heads_.begin();
  Task& task = tasks_.at(head->second);
  LogPiece piece = std::move(task.pieces.front());
  task.pieces.pop_front();
  task.order.pop_front();
  task.bytes -= piece.text.size();
  heads_.erase(head);
  if (!task.pieces.empty()) {
    heads_.emplace(task.order.front(), piece.task_id);
  } else if (task.is_waited_for) {
    ++held_up_by_;
  }
  note_over(task);
  return piece;
}

size_t LogMerge::bytes_of(const std::string& task_id) const {
  const auto found = tasks_.find(task_id);
  return found == tasks_.end() ? 0 : found->second.bytes;
}

bool LogMerge::is_over(const std::string& task_id) const {
  const auto found = tasks_.find(task_id);
  return found == tasks_.end() || (found->second.is_finished && found->second.pieces.empty());
}

}  // namespace aurora::client
