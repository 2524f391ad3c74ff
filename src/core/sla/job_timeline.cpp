#include "aurora/core/sla/job_timeline.h"

#include <algorithm>
#include <map>
#include <utility>

namespace aurora::core {
namespace {

constexpr Duration kSuccession = minutes(1);  // from an end to the begin of what takes its place

// +1 when one begins to run, -1 when it does not run any more.
void add_runs(const SlaTask& task, std::vector<std::pair<Instant, int32_t>>& turns) {
  bool is_up = false;
  for (const StatusAt& event : task.events) {
    const bool runs = event.status == TaskStatus::Running;
    if (runs != is_up) turns.emplace_back(event.at, runs ? 1 : -1);
    is_up = runs;
  }
}

struct Life {
  Instant begin;
  std::optional<Instant> end;
};

std::vector<Instant> list_restarts(const std::vector<SlaTask>& tasks) {
  std::map<int32_t, std::vector<Life>> instances;
  for (const SlaTask& task : tasks) {
    if (task.events.empty()) continue;
    Life life{task.events.front().at, {}};
    if (is_terminal(task.status)) life.end = task.events.back().at;
    instances[task.instance_id].push_back(life);
  }
  std::vector<Instant> restarts;
  for (auto& [instance, lives] : instances) {
    std::ranges::sort(lives, {}, &Life::begin);
    for (size_t i = 1; i < lives.size(); ++i) {
      const std::optional<Instant>& end = lives[i - 1].end;
      if (end && lives[i].begin - *end <= kSuccession) restarts.push_back(lives[i].begin);
    }
  }
  std::ranges::sort(restarts);
  return restarts;
}

}  // namespace

std::vector<TimelineStep> job_timeline(const std::vector<SlaTask>& tasks, const SlaWindow& window, Duration step) {
  std::vector<std::pair<Instant, int32_t>> turns;
  for (const SlaTask& task : tasks) add_runs(task, turns);
  std::ranges::sort(turns);  // of one moment, ends come first
  const std::vector<Instant> restarts = list_restarts(tasks);
  auto turn = turns.begin();
  auto restart = restarts.begin();
  int32_t up = 0;
  for (; turn != turns.end() && turn->first <= window.from; ++turn) up += turn->second;
  while (restart != restarts.end() && *restart <= window.from) ++restart;
  std::vector<TimelineStep> steps;
  for (Instant begin = window.from; begin < window.to;) {
    const Instant end = std::min(Instant{(begin.ms / step.ms + 1) * step.ms}, window.to);
    TimelineStep one{.end = end, .up = up, .least_up = up};
    while (turn != turns.end() && turn->first <= end) {
      const Instant moment = turn->first;
      for (; turn != turns.end() && turn->first == moment; ++turn) up += turn->second;
      one.least_up = std::min(one.least_up, up);
    }
    one.up = up;
    for (; restart != restarts.end() && *restart <= end; ++restart) ++one.restarts;
    steps.push_back(one);
    begin = end;
  }
  return steps;
}

}  // namespace aurora::core
