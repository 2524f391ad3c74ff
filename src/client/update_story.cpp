#include "client/update_story.h"

#include <algorithm>

#include "aurora/client/job_path.h"

namespace aurora::client {

UpdateStory::UpdateStory(UpdateScope scope, core::UpdateSettings settings)
    : scope_(std::move(scope)), settings_(std::move(settings)) {}

std::string UpdateStory::workers() const {
  return "Processing in parallel with " + std::to_string(std::max(1, settings_.update_group_size)) + " worker thread(s)";
}

std::vector<StoryLine> UpdateStory::begin(const std::string& job_name) {
  std::set<int32_t> all = scope_.add;
  for (const auto* part : {&scope_.remove, &scope_.update, &scope_.unchanged}) all.insert(part->begin(), part->end());
  info("Updating job: " + job_name);
  info("Instances to update: " + format_instances(all));
  info(workers());
  for (const int32_t id : scope_.unchanged) {
    info("Examining instance: " + std::to_string(id));
    info("Skipping unchanged instance: " + std::to_string(id));
  }
  return std::exchange(lines_, {});
}

std::vector<StoryLine> UpdateStory::tell(const UpdateView& update, const std::vector<TaskView>& tasks) {
  // Both lists are oldest first; they are merged by time, so that a rollback is told after the failure that led to it.
  while (events_told_ < update.events.size() || instance_events_told_ < update.instance_events.size()) {
    const bool has_status = events_told_ < update.events.size();
    const bool has_instance = instance_events_told_ < update.instance_events.size();
    if (has_instance && (!has_status || update.instance_events[instance_events_told_].at <= update.events[events_told_].at)) {
      const bool is_begin = has_status && update.instance_events[instance_events_told_].at == update.events[events_told_].at &&
                            update.instance_events[instance_events_told_].action == "INSTANCE_ROLLING_BACK";
      if (!is_begin) {
        tell_instance(update.instance_events[instance_events_told_++]);
        continue;
      }
    }
    tell_status(update.events[events_told_++]);
  }
  for (auto& [instance, progress] : progress_) look_at(instance, progress, tasks);
  return std::exchange(lines_, {});
}

void UpdateStory::tell_status(const UpdateView::Event& event) {
  const std::string reason = event.message.empty() ? "" : ": " + event.message;
  if (event.status == "ROLLING_BACK" && !is_rolling_back_) {
    is_rolling_back_ = true;
    if (!failed_.empty()) {
      say(Severity::Error, std::to_string(failed_.size()) + " failed instances observed, maximum allowed is " +
                               std::to_string(settings_.max_failed_instances));
    }
    for (const int32_t id : failed_) {
      say(Severity::Error, std::to_string(settings_.max_per_instance_failures + 1) + " instance failures for instance " +
                               std::to_string(id) + ", maximum allowed is " +
                               std::to_string(settings_.max_per_instance_failures));
    }
    progress_.clear();
    info("Reverting update for: " + format_instances(touched_));
    info(workers());
  } else if (event.status.ends_with("_PAUSED")) {
    say(Severity::Warning, "The update is paused" + reason);
  } else if (event.status.ends_with("_AWAITING_PULSE")) {
    say(Severity::Warning, "The update waits for a pulse from outside" + reason);
  } else if (event.status == "ERROR" || event.status == "ABORTED") {
    say(Severity::Error, (event.status == "ERROR" ? "The update ended with an error" : "The update was aborted") + reason);
  }
}

void UpdateStory::tell_instance(const UpdateView::InstanceEvent& event) {
  const std::string id = std::to_string(event.instance);
  // Instances that the update had not come to are looked at on the way back, too, and stay as they are.
  if (is_rolling_back_ && !touched_.contains(event.instance)) return;
  if (event.action == "INSTANCE_UPDATING" || event.action == "INSTANCE_ROLLING_BACK") {
    begin_instance(event.instance, event.at);
    return;
  }
  const auto found = progress_.find(event.instance);
  if (found == progress_.end()) begin_instance(event.instance, event.at);
  Progress& progress = progress_[event.instance];
  if (event.action == "INSTANCE_UPDATED" || event.action == "INSTANCE_ROLLED_BACK") {
    catch_up(event.instance, progress, Said::Running);
    if (progress.has_new) {
      info("Instance " + id + " has been up and healthy for at least " +
           std::to_string(settings_.min_wait_in_instance_running_ms / 1000) + " seconds");
    }
  } else {
    catch_up(event.instance, progress, Said::Added);
    fail_instance(event.instance, event.message);
  }
  progress.said = Said::Over;
}

void UpdateStory::begin_instance(int32_t instance, Instant at) {
  const std::string id = std::to_string(instance);
  // Backwards, what was added is removed and the other way round; a rollback also meets instances it need not touch.
  const std::set<int32_t>& added = is_rolling_back_ ? scope_.remove : scope_.add;
  const std::set<int32_t>& removed = is_rolling_back_ ? scope_.add : scope_.remove;
  Progress progress;
  progress.since = at;
  progress.has_old = !added.contains(instance);
  progress.has_new = !removed.contains(instance);
  touched_.insert(instance);
  if (is_rolling_back_) info("Reverting instance: " + id);
  info("Examining instance: " + id);
  if (progress.has_old) info("Killing instance: " + id);
  progress_[instance] = progress;
}

void UpdateStory::catch_up(int32_t instance, Progress& progress, Said target) {
  const std::string id = std::to_string(instance);
  if (progress.said < Said::Killed && target >= Said::Killed) {
    if (progress.has_old) info("Killed: " + id);
    progress.said = Said::Killed;
  }
  if (!progress.has_new) return;
  if (progress.said < Said::Added && target >= Said::Added) {
    info("Adding instance: " + id);
    info("Added: " + id);
    info("Watching instances: [" + id + "]");
    progress.said = Said::Added;
  }
  if (progress.said < Said::Running && target >= Said::Running) {
    info("Detected RUNNING instance " + id);
    progress.said = Said::Running;
  }
}

void UpdateStory::look_at(int32_t instance, Progress& progress, const std::vector<TaskView>& tasks) {
  if (progress.said == Said::Over) return;
  bool has_old_task = false;
  bool has_new_task = false;
  bool is_running = false;
  for (const TaskView& task : tasks) {
    if (task.instance != instance) continue;
    if (task.first_seen() < progress.since) {
      has_old_task = has_old_task || task.is_active;
    } else {
      has_new_task = true;
      is_running = is_running || task.is_running;
    }
  }
  if (has_old_task) return;
  catch_up(instance, progress, is_running ? Said::Running : has_new_task ? Said::Added : Said::Killed);
}

void UpdateStory::fail_instance(int32_t instance, const std::string& why) {
  const std::string id = std::to_string(instance);
  failed_.insert(instance);
  info("Instance " + id + " is unhealthy");
  if (!why.empty()) info(why);
  info("Failed instances: [" + id + "]");
  say(Severity::Warning, "Not restarting failed instances [" + id +
                             "], which exceeded maximum allowed instance failure limit of " +
                             std::to_string(settings_.max_per_instance_failures));
}

std::vector<StoryLine> UpdateStory::end(const std::string& status) {
  if (status == "ROLLED_FORWARD") {
    info("Update successful");
  } else if (status == "ROLLED_BACK" || status == "FAILED") {
    say(Severity::Warning, "Update failures threshold reached");
  }
  return std::exchange(lines_, {});
}

std::set<int32_t> UpdateStory::watched() const {
  std::set<int32_t> ids;
  for (const auto& [instance, progress] : progress_) {
    if (progress.said != Said::Over) ids.insert(instance);
  }
  return ids;
}

}  // namespace aurora::client
