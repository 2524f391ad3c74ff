// Logs of many tasks that come piece by piece, made one text by time. Within a task the order is the host's; a task of
// which it is not known yet what comes next holds the others up, until it has caught up with what is written now, or its
// host is given up. Pure: not thread-safe, never waits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/log_frames.h"

namespace aurora::client {

class LogMerge {
 public:
  void add_task(const std::string& task_id);
  bool has(const std::string& task_id) const { return tasks_.contains(task_id); }

  void add(LogPiece piece);  // of a task that was added; else dropped
  // From now on the others need not wait for it.
  void catch_up(const std::string& task_id);
  // Nothing more will come.
  void finish(const std::string& task_id);

  // The next in order; nothing: one has to wait, or there is none.
  std::optional<LogPiece> take();
  size_t bytes_of(const std::string& task_id) const;  // that were not taken
  // It was finished and all was taken.
  bool is_over(const std::string& task_id) const;
  bool are_all_over() const { return over_ == tasks_.size(); }

 private:
  struct Task {
    std::deque<LogPiece> pieces;
    size_t bytes = 0;
    int64_t time_ms = 0;    // of the last that was added: lines without a time have that
    std::deque<int64_t> order;  // of pieces
    bool is_waited_for = true;
    bool is_finished = false;
  };
  using Place = std::map<std::string, Task>::iterator;
  void note_over(const Task& task);

  std::map<std::string, Task> tasks_;
  std::set<std::pair<int64_t, std::string>> heads_;  // time of the first piece of each task that has one
  size_t held_up_by_ = 0;                            // tasks that are waited for and have no piece
  size_t over_ = 0;
};

}  // namespace aurora::client
