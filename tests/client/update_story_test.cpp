#include "client/update_story.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::client;

namespace {

core::UpdateSettings tutorial_settings() {
  core::UpdateSettings settings;
  settings.min_wait_in_instance_running_ms = 45'000;
  return settings;
}

TaskView task(int32_t instance, int64_t first_seen, const char* status, bool is_active = true) {
  TaskView view;
  view.instance = instance;
  view.status = status;
  view.is_active = is_active;
  view.is_running = view.status == "RUNNING";
  view.events.push_back({Instant{first_seen}, status, std::nullopt});
  return view;
}

std::vector<std::string> texts(const std::vector<StoryLine>& lines) {
  std::vector<std::string> result;
  for (const StoryLine& line : lines) result.push_back(line.text);
  return result;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the tutorial's update is told step by step") {
  UpdateStory story({{}, {}, {0}, {}}, tutorial_settings());
  CHECK(texts(story.begin("hello_world")) == Texts{"Updating job: hello_world", "Instances to update: [0]",
                                                   "Processing in parallel with 1 worker thread(s)"});
  UpdateView update;
  update.events = {{"ROLLING_FORWARD", Instant{100}, ""}};
  CHECK(story.tell(update, {}).empty());
  update.instance_events = {{0, Instant{101}, "INSTANCE_UPDATING", ""}};
  CHECK(texts(story.tell(update, {task(0, 50, "KILLING")})) == Texts{"Examining instance: 0", "Killing instance: 0"});
  CHECK(story.watched() == std::set<int32_t>{0});
  CHECK(texts(story.tell(update, {task(0, 150, "PENDING"), task(0, 50, "KILLED", false)})) ==
        Texts{"Killed: 0", "Adding instance: 0", "Added: 0", "Watching instances: [0]"});
  CHECK(texts(story.tell(update, {task(0, 150, "RUNNING")})) == Texts{"Detected RUNNING instance 0"});
  CHECK(story.tell(update, {task(0, 150, "RUNNING")}).empty());
  update.instance_events.push_back({0, Instant{200}, "INSTANCE_UPDATED", ""});
  CHECK(texts(story.tell(update, {})) == Texts{"Instance 0 has been up and healthy for at least 45 seconds"});
  CHECK(texts(story.end("ROLLED_FORWARD")) == Texts{"Update successful"});
}

TEST_CASE("what was missed between two looks is told in order") {
  UpdateStory story({{1}, {2}, {0}, {3}}, tutorial_settings());
  story.begin("j");
  UpdateView update;
  update.events = {{"ROLLING_FORWARD", Instant{100}, ""}};
  update.instance_events = {{1, Instant{101}, "INSTANCE_UPDATING", ""}, {1, Instant{102}, "INSTANCE_UPDATED", ""},
                            {2, Instant{103}, "INSTANCE_UPDATING", ""}, {2, Instant{104}, "INSTANCE_UPDATED", ""}};
  CHECK(texts(story.tell(update, {})) ==
        Texts{"Examining instance: 1", "Adding instance: 1", "Added: 1", "Watching instances: [1]",
              "Detected RUNNING instance 1", "Instance 1 has been up and healthy for at least 45 seconds",
              "Examining instance: 2", "Killing instance: 2", "Killed: 2"});
}

TEST_CASE("a failed update is told with its rollback") {
  UpdateStory story({{}, {}, {0}, {}}, tutorial_settings());
  story.begin("hello_world");
  UpdateView update;
  update.events = {{"ROLLING_FORWARD", Instant{100}, ""}, {"ROLLING_BACK", Instant{120}, "Latest failure: instance 0 exited."}};
  update.instance_events = {{0, Instant{100}, "INSTANCE_UPDATING", ""},
                            {0, Instant{120}, "INSTANCE_UPDATE_FAILED", "Instance 0 failed: process 'web' exited with code 1"},
                            {0, Instant{120}, "INSTANCE_ROLLING_BACK", ""}};
  const auto lines = story.tell(update, {});
  CHECK(texts(lines) ==
        Texts{"Examining instance: 0", "Killing instance: 0", "Killed: 0", "Adding instance: 0", "Added: 0",
              "Watching instances: [0]", "Instance 0 is unhealthy", "Instance 0 failed: process 'web' exited with code 1",
              "Failed instances: [0]",
              "Not restarting failed instances [0], which exceeded maximum allowed instance failure limit of 0",
              "1 failed instances observed, maximum allowed is 0", "1 instance failures for instance 0, maximum allowed is 0",
              "Reverting update for: [0]", "Processing in parallel with 1 worker thread(s)", "Reverting instance: 0",
              "Examining instance: 0", "Killing instance: 0", "Killed: 0"});
  CHECK(lines[9].severity == Severity::Warning);
  CHECK(lines[10].severity == Severity::Error);
  update.instance_events.push_back({0, Instant{160}, "INSTANCE_ROLLED_BACK", ""});
  CHECK(texts(story.tell(update, {})).back() == "Instance 0 has been up and healthy for at least 45 seconds");
  CHECK(texts(story.end("ROLLED_BACK")) == Texts{"Update failures threshold reached"});
}

TEST_CASE("a rollback is told only of instances that the update had touched") {
  UpdateStory story({{}, {}, {0, 1}, {}}, tutorial_settings());
  story.begin("hello_world");
  UpdateView update;
  update.events = {{"ROLLING_FORWARD", Instant{100}, ""}, {"ROLLING_BACK", Instant{120}, ""}};
  update.instance_events = {{0, Instant{100}, "INSTANCE_UPDATING", ""},
                            {0, Instant{120}, "INSTANCE_UPDATE_FAILED", ""}};
  CHECK(texts(story.tell(update, {})).back() == "Processing in parallel with 1 worker thread(s)");
  update.instance_events.push_back({1, Instant{130}, "INSTANCE_ROLLING_BACK", ""});
  update.instance_events.push_back({1, Instant{140}, "INSTANCE_ROLLED_BACK", ""});
  CHECK(story.tell(update, {}).empty());
}
