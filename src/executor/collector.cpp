#include "aurora/executor/collector.h"

#include "aurora/base/log.h"
#include "aurora/os/machine.h"
#include "aurora/os/tree.h"

namespace aurora::executor {
namespace {

constexpr std::chrono::seconds kPause{60};
constexpr std::chrono::seconds kShortPause{1};  // while more has to go

}  // namespace

Collector::Collector(HostLoop& loop, WorkFolder work, core::CollectionPolicy policy, const Clock& clock,
                     std::shared_ptr<ImageStore> images)
    : loop_(loop), work_(std::move(work)), policy_(policy), clock_(clock), images_(std::move(images)), thread_([this] { run(); }) {}

Collector::~Collector() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Collector::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Collector::run() {
  for (;;) {
    const auto pause = collect() ? kShortPause : kPause;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [&] { return stopping_; });
    if (stopping_) return;
  }
}

void Collector::collect_images(bool is_short_of_disk) {
  if (!images_) return;
  const size_t gone = images_->collect(is_short_of_disk ? Duration{} : policy_.age_max, [this] {
    std::set<std::string> used;
    for (const core::TaskId& task_id : loop_.query([](const core::HostTasks& tasks) { return tasks.list_active(); })) {
      const Result<RunnerPlan> plan = read_plan(work_.paths_of(task_id).plan);
      if (plan.ok() && plan->container) used.insert(plan->container->image);
    }
    return used;
  });
  if (gone > 0) log_info("executor", "deleted " + std::to_string(gone) + " unpacked images that no task uses");
}

bool Collector::collect() {
  const os::DiskSpace disk = os::disk_space(work_.root);
  const core::Collection chosen =
      core::choose_collection(loop_.query([](const core::HostTasks& tasks) { return tasks.list_ended(); }),
                              {disk.total_bytes, disk.free_bytes}, policy_, clock_.now());
  collect_images(chosen.is_short_of_disk);
  core::TasksCollected done{{}, chosen.records};
  for (const core::TaskId& task_id : chosen.files) {
    const Status deleted = delete_task_files(work_, task_id, [this] { return !is_stopping(); });
    if (deleted.ok()) done.files.push_back(task_id);
    if (is_stopping()) break;
    if (!deleted.ok())
      log_warning("executor", "the files of " + task_id.value() + " stay: " + deleted.error().message);
  }
  if (done.files.empty() && done.records.empty()) return false;
  log_info("executor", "collected the files of " + std::to_string(done.files.size()) + " ended tasks and forgot " +
                           std::to_string(done.records.size()));
  loop_.submit(std::move(done));
  return chosen.is_short_of_disk;
}

}  // namespace aurora::executor
