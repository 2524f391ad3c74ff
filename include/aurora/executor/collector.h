// Deletes what is left of tasks that are over, in a thread of its own, when core::choose_collection() says so. Files go
// first and are written down as gone afterwards: a restart in between finds less to delete. Unpacked images go like files of
// tasks, once no task uses them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "aurora/core/process/collection.h"
#include "aurora/base/clock.h"
#include "aurora/executor/host_loop.h"
#include "aurora/executor/image_store.h"
#include "aurora/executor/task_files.h"

namespace aurora::executor {

class Collector {
 public:
  // `images`: none, if tasks have no images here.
  Collector(HostLoop& loop, WorkFolder work, core::CollectionPolicy policy, const Clock& clock,
            std::shared_ptr<ImageStore> images = nullptr);
  ~Collector();  // does not finish what it is at
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

 private:
  void run();
  bool collect();  // true: look again soon
  void collect_images(bool is_short_of_disk);
  bool is_stopping() const;

  HostLoop& loop_;
  const WorkFolder work_;
  const core::CollectionPolicy policy_;
  const Clock& clock_;
  const std::shared_ptr<ImageStore> images_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace aurora::executor
