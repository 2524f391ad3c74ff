// Control groups of tasks that are over, until they are gone: who sleeps in the kernel or is not reaped yet keeps his
// for a while. Used by one thread.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "aurora/base/time.h"
#include "aurora/executor/confiner.h"

namespace aurora::executor {

class Releases {
 public:
  explicit Releases(std::shared_ptr<const Confiner> confiner) : confiner_(std::move(confiner)) {}

  void expect(const core::TaskId& task_id);
  void forget(const core::TaskId& task_id) { tasks_.erase(task_id); }  // it begins again
  // What an executor before us had to leave: once, those of tasks that are over.
  void find_left(const std::function<bool(const core::TaskId&)>& is_over);
  // `now` is monotonic. Tries again if it is time to.
  void look(Duration now);
  // When that is; absent: there is nothing to release.
  std::optional<Duration> next_look() const;

 private:
  const std::shared_ptr<const Confiner> confiner_;  // absent: nothing to release, ever
  std::set<core::TaskId> tasks_;
  Duration pause_;
  Duration next_;
  bool has_found_left_ = false;
};

}  // namespace aurora::executor
