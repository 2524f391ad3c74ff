// Tells a scheduler-driven update in the words of the original's client-driven one (spec/tutorial.md §7.1): each call of
// tell() gives the lines for what has happened since the last. Pure: takes what the scheduler says, does no call.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "aurora/client/console.h"
#include "aurora/core/update/job_update.h"
#include "client/task_view.h"
#include "client/update_view.h"

namespace aurora::client {

struct StoryLine {
  Severity severity = Severity::Info;
  std::string text;
  friend bool operator==(const StoryLine&, const StoryLine&) = default;
};

struct UpdateScope {
  std::set<int32_t> add;
  std::set<int32_t> remove;
  std::set<int32_t> update;
  std::set<int32_t> unchanged;
};

class UpdateStory {
 public:
  UpdateStory(UpdateScope scope, core::UpdateSettings settings);

  std::vector<StoryLine> begin(const std::string& job_name);  // up to the instances that need nothing
  std::vector<StoryLine> tell(const UpdateView& update, const std::vector<TaskView>& tasks);
  std::vector<StoryLine> end(const std::string& status);
  // The instances whose tasks tell() wants to see.
  std::set<int32_t> watched() const;

 private:
  // What has been said about an instance; the next things to say follow in this order.
  enum class Said { Examining, Killed, Added, Running, Over };
  struct Progress {
    Said said = Said::Examining;
    Instant since;      // of the event that began it: newer runs are the new configuration's
    bool has_old = false;  // there is a task to kill
    bool has_new = false;  // there is one to add
  };

  void say(Severity severity, std::string text) { lines_.push_back({severity, std::move(text)}); }
  void info(std::string text) { say(Severity::Info, std::move(text)); }
  void tell_status(const UpdateView::Event& event);
  void tell_instance(const UpdateView::InstanceEvent& event);
  void begin_instance(int32_t instance, Instant at);
  void catch_up(int32_t instance, Progress& progress, Said target);
  void look_at(int32_t instance, Progress& progress, const std::vector<TaskView>& tasks);
  void fail_instance(int32_t instance, const std::string& why);
  std::string workers() const;

  UpdateScope scope_;
  core::UpdateSettings settings_;
  std::vector<StoryLine> lines_;
  std::map<int32_t, Progress> progress_;
  std::set<int32_t> touched_;
  std::set<int32_t> failed_;
  size_t events_told_ = 0;
  size_t instance_events_told_ = 0;
  bool is_rolling_back_ = false;
};

}  // namespace aurora::client
