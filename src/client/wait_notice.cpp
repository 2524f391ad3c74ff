#include "client/wait_notice.h"

#include <algorithm>

namespace aurora::client {
namespace {

constexpr Duration kPatience = seconds(3);
constexpr size_t kGroupsShown = 3;

// Tasks that wait for the same.
struct Group {
  int64_t count = 0;
  std::string status;
  std::string kind;
  std::string reason;  // may be empty
  std::string host;    // of the only one
};

// How far from the goal: what has a reason to wait before what is on its way.
int rank_of(const Group& group) { return group.reason.empty() ? 1 : 0; }

Group group_of(const TaskView& task) {
  Group group{1, task.status, task.status, waiting_for(task), task.host};
  if (task.status == "PENDING" && !task.pending.text.empty()) {
    group.reason = task.pending.text;
    group.kind += ": " + task.pending.kind;
  }
  return group;
}

std::string text_of(const Group& group) {
  std::string text = std::to_string(group.count) + " " + group.status;
  if (group.count == 1 && !group.host.empty()) text += " on " + group.host;
  return group.reason.empty() ? text : text + ": " + group.reason;
}

}  // namespace

bool WaitNotice::is_due() const { return session_.world().clock.monotonic() - begin_ >= kPatience; }

void WaitNotice::say(const std::string& kind, const std::string& text) {
  if (!is_due() || said_ == kind) return;
  said_ = kind;
  session_.console().info(text);
}

Waiting describe_waiting(const std::vector<const TaskView*>& tasks) {
  std::vector<Group> groups;
  for (const TaskView* task : tasks) {
    Group group = group_of(*task);
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.kind == group.kind; });
    if (same == groups.end()) {
      groups.push_back(std::move(group));
    } else {
      ++same->count;
    }
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return rank_of(a) != rank_of(b) ? rank_of(a) < rank_of(b) : b.count < a.count;
  });
  Waiting waiting{groups.front().kind, ""};
  for (size_t i = 0; i < groups.size() && i < kGroupsShown; ++i) waiting.text += (i == 0 ? "" : "; ") + text_of(groups[i]);
  if (groups.size() > kGroupsShown) waiting.text += "; and others";
  return waiting;
}

}  // namespace aurora::client
