#include "core/explain/story.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr std::string_view kInFavor = "Preempting in favor of ";

// The task that takes the place, with the instance that it is, where it is still known.
std::string winner_text(const Cluster& cluster, const std::string& message) {
  if (!message.starts_with(kInFavor)) return "";
  const TaskId winner(message.substr(kInFavor.size()));
  const Task* task = cluster.find_task(winner);
  return task == nullptr ? "" : " (" + to_string(task->instance()) + ")";
}

std::string what_happened(const Cluster& cluster, const Task& task, const TaskEvent& event, bool is_first) {
  const std::string& message = event.message.text();
  switch (event.status) {
    case TaskStatus::Init:
      return "it was made";
    case TaskStatus::Pending:
      if (!is_first) return "it may be placed again";
      return task.ancestor_id ? "it was made in place of the run before it" : "it was asked for";
    case TaskStatus::Throttled:
      return "it was made in place of the run before it, and is held back because runs end too quickly";
    case TaskStatus::Assigned:
      return "it got host " + task.host.value();
    case TaskStatus::Starting:
      return "its host prepares it";
    case TaskStatus::Running:
      return "it runs";
    case TaskStatus::Killing:
      return "it is to end";
    case TaskStatus::Restarting:
      return "it is to end and to start again";
    case TaskStatus::Preempting:
      return "it has to go for another" + winner_text(cluster, message);
    case TaskStatus::Draining:
      return "it has to leave its host";
    case TaskStatus::Partitioned:
      return "its host fell silent";
    case TaskStatus::Finished:
      return "it finished";
    case TaskStatus::Failed:
      return "it failed";
    case TaskStatus::Killed:
      return "it was ended";
    case TaskStatus::Lost:
      return "it was lost";
    case TaskStatus::Deleted:
      return "its record goes";
  }
  return "";
}

}  // namespace

std::string count_text(size_t count, const char* one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string span_text(Duration span) {
  const int64_t secs = std::max<int64_t>(0, span.ms) / 1000;
  if (secs < 120) return std::to_string(secs) + " s";
  if (secs < 2 * 3600) return std::to_string(secs / 60) + " min";
  if (secs < 48 * 3600) return std::to_string(secs / 3600) + " h " + std::to_string(secs / 60 % 60) + " min";
  return std::to_string(secs / 86400) + " days";
}

std::string name_of(UpdateStatus status) {
  std::string name(enum_name(status));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return name;
}

void add_sentence(std::string& text, const std::string& sentence) { text += (text.ends_with('.') ? " " : ". ") + sentence; }

void add_events(const Cluster& cluster, const Task& task, std::vector<ExplainedFact>& story) {
  for (size_t i = 0; i < task.events.size(); ++i) {
    const TaskEvent& event = task.events[i];
    std::string text = std::string(enum_name(event.status)) + ": " + what_happened(cluster, task, event, i == 0);
    if (event.message && !event.message->empty()) add_sentence(text, *event.message);
    if (event.facts && !event.facts->empty()) add_sentence(text, "Facts: " + *event.facts);
    const bool is_end = i + 1 == task.events.size() && is_terminal(event.status);
    if (is_end && task.end_reason) add_sentence(text, "Reason: " + to_sentence(*task.end_reason));
    story.push_back({event.timestamp, std::move(text), task.id});
  }
}

int64_t add_update_events(const JobUpdate& update, std::optional<int32_t> instance, std::vector<ExplainedFact>& story) {
  for (const UpdateEvent& event : update.events) {
    std::string text = "update " + update.key.id.value() + ": " + name_of(event.status);
    if (event.user) text += ", by " + *event.user;
    if (event.message && !event.message->empty()) text += ". " + *event.message;
    story.push_back({event.timestamp, std::move(text)});
  }
  const auto is_told = [&](const InstanceUpdateEvent& event) { return !instance || event.instance_id == *instance; };
  const auto told = static_cast<size_t>(std::ranges::count_if(update.instance_events, is_told));
  const size_t left_out = told > kFactsMax ? told - kFactsMax : 0;
  for (size_t skipped = 0; const InstanceUpdateEvent& event : update.instance_events) {
    if (!is_told(event) || skipped++ < left_out) continue;
    std::string text = "update " + update.key.id.value() + ": instance " + std::to_string(event.instance_id) + " " +
                       std::string(enum_name(event.action));
    if (event.message && !event.message->empty()) text += ". " + *event.message;
    story.push_back({event.timestamp, std::move(text)});
  }
  return static_cast<int64_t>(left_out);
}

void finish(Explanation& explanation) {
  std::vector<ExplainedFact>& story = explanation.story;
  std::ranges::stable_sort(story, {}, &ExplainedFact::at);
  if (story.size() > kFactsMax) {
    explanation.left_out += static_cast<int64_t>(story.size() - kFactsMax);
    story.erase(story.begin(), story.end() - static_cast<std::ptrdiff_t>(kFactsMax));
  }
  if (explanation.waits.size() > kWaitsMax) explanation.waits.resize(kWaitsMax);
}

}  // namespace aurora::core
