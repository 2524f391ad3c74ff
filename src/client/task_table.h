// A job's instances for people at a terminal: how many are in which state, and a line for each with its newest run.
#pragma once

#include <map>

#include "client/task_view.h"
#include "client/text_table.h"

namespace aurora::client {

class TaskTable {
 public:
  // Tasks of one job in any order. Keeps of each instance what its line says, not the tasks.
  void add(const TaskView& task);

  bool is_empty() const { return instances_.empty(); }
  // "3 active (2 RUNNING, 1 PENDING), 1 ended (FAILED)": instances by their newest run.
  std::string counts() const;
  std::vector<TextTable::Line> lines(size_t width, Instant now) const;

 private:
  struct Instance {
    TaskView newest;
    int64_t runs = 0;
    std::string last_end;  // why the run before ended
    Instant last_seen;     // when that began
  };
  std::map<int32_t, Instance> instances_;
};

// "12s", "5m", "3h", "2d"; a moment that is still to come by this machine's clock is "now", if it is far off a date.
std::string format_age(Instant at, Instant now);

}  // namespace aurora::client
