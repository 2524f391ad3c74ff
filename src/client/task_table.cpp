#include "client/task_table.h"

#include <algorithm>

namespace aurora::client {
namespace {

Tone tone_of(const TaskView& task) {
  if (task.tone == "failed") return Tone::Bad;
  return task.tone == "attention" ? Tone::Attention : Tone::Plain;
}

// "3 active (2 RUNNING, 1 PENDING)"
std::string counts_by_status(const std::map<std::string, int64_t>& statuses, const std::string& word) {
  std::vector<std::pair<std::string, int64_t>> sorted(statuses.begin(), statuses.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  int64_t total = 0;
  for (const auto& [status, count] : sorted) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + status;
    total += count;
  }
  if (sorted.empty()) return "none " + word;
  return std::to_string(total) + " " + word + " (" + (sorted.size() == 1 ? sorted[0].first : text) + ")";
}

}  // namespace

std::string format_age(Instant at, Instant now) {
  if (at.ms <= 0) return "-";
  const int64_t seconds = (now - at).ms / 1000;
  constexpr int64_t kSkew = 60;  // clocks differ by so much without anybody noticing
  if (seconds < -kSkew) return to_iso8601(at).substr(0, 10);
  if (seconds <= 0) return "now";
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (seconds < 7'200) return std::to_string(seconds / 60) + "m";
  if (seconds < 172'800) return std::to_string(seconds / 3'600) + "h";
  return std::to_string(seconds / 86'400) + "d";
}

void TaskTable::add(const TaskView& task) {
  Instance& instance = instances_[task.instance];
  const auto is_newer = [](const TaskView& a, const TaskView& b) {
    return a.is_active != b.is_active ? a.is_active : b.first_seen() < a.first_seen();
  };
  const auto note_end = [&](const TaskView& older) {
    if (older.first_seen() < instance.last_seen) return;
    instance.last_seen = older.first_seen();
    instance.last_end = older.end.empty() ? older.status : older.status + ": " + older.end;
  };
  if (++instance.runs == 1 || is_newer(task, instance.newest)) {
    if (instance.runs > 1) note_end(instance.newest);
    instance.newest = task;
    if (task.events.size() > 2) {  // the line needs the first and the last
      instance.newest.events = {task.events.front(), task.events.back()};
    }
    instance.newest.metadata.clear();
  } else {
    note_end(task);
  }
}

std::string TaskTable::counts() const {
  std::map<std::string, int64_t> active;
  std::map<std::string, int64_t> ended;
  for (const auto& [id, instance] : instances_) ++(instance.newest.is_active ? active : ended)[instance.newest.status];
  const std::string text = counts_by_status(active, "active");
  return ended.empty() ? text : text + ", " + counts_by_status(ended, "ended");
}

std::vector<TextTable::Line> TaskTable::lines(size_t width, Instant now) const {
  TextTable table({{"INSTANCE", 9, 0, true},
                   {"STATE", 8, 6},
                   {"SINCE", 3, 0, true},
                   {"HOST", 5, 8},
                   {"RESTARTS", 2, 0, true},
                   {"REASON", 4, 12}});
  for (const auto& [id, instance] : instances_) {
    const TaskView& task = instance.newest;
    const int64_t failed_before = task.failure_count - (task.status == "FAILED" ? 1 : 0);
    const int64_t restarts = std::max(instance.runs - 1, failed_before);
    std::string reason = task.is_active ? waiting_for(task) : task.end;
    if (reason.empty() && !instance.last_end.empty()) reason = "the run before: " + instance.last_end;
    table.add({std::to_string(id), task.status, task.events.empty() ? "-" : format_age(task.events.back().at, now),
               task.host.empty() ? "-" : task.host, std::to_string(restarts), reason},
              tone_of(task));
  }
  return table.lines(width);
}

}  // namespace aurora::client
