// `job watch KEY`: the instances of a job as a grid, and what happens to them.
#include <algorithm>
#include <deque>

#include "aurora/base/printable.h"
#include "aurora/client/job_path.h"
#include "aurora/client/live.h"
#include "aurora/codec/json_value.h"
#include "client/instance_grid.h"
#include "client/live_screen.h"
#include "client/missing_job.h"
#include "client/scheduler_client.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

constexpr size_t kEventsKept = 100;
constexpr int64_t kShareOfTime = 10;  // a look may take so much less time than what lies between two
constexpr size_t kEventsAtOnce = 200;  // printed after one look; of more the number

struct Seen {
  std::string task_id = {};
  GridCell cell;
  std::string host = {};
  std::string why = {};  // of its state, in a sentence
};
using Instances = std::map<int32_t, Seen>;

Seen to_seen(const codec::JsonValue& task) {
  Seen seen{.task_id = task.string_or("taskId", ""), .cell = {}, .host = printable_line(task.string_or("host", "")), .why = ""};
  seen.cell.instance = static_cast<int32_t>(task.int_or("instanceId", 0));
  seen.cell.state = task.string_or("status", "");
  seen.cell.tone = tone_of_status(task.string_or("statusTone", ""));
  seen.cell.is_active = task.bool_or("isActive", false);
  const std::string end = task.string_or("endSentence", "");
  seen.why = printable_line(end.empty() ? task.string_or("waitReason", "") : end);
  return seen;
}

struct Event {
  Instant at = {};
  int32_t instance = 0;
  std::string task_id = {};
  std::string from = {};  // empty: it was not known
  std::string to = {};
  std::string host = {};
  std::string why = {};
  Tone tone = Tone::Plain;
};

std::string to_text(const Event& event) {
  const bool is_again = event.from == event.to;  // what was between was not seen
  std::string text = std::to_string(event.instance) + " " + (event.from.empty() || is_again ? "" : event.from + " -> ") + event.to + (is_again ? " as a new task" : "");
  if (!event.host.empty()) text += " on " + event.host;
  return event.why.empty() ? text : text + ": " + event.why;
}

class JobWatch {
 public:
  JobWatch(Session& session, SchedulerClient scheduler, InstancesPath path, const JobWatchOptions& options)
      : session_(session), scheduler_(std::move(scheduler)), path_(std::move(path)), options_(options), screen_(session) {}

  int run() {
    World& world = session_.world();
    Duration last_look = {};
    for (bool is_first = true;; is_first = false) {
      const Duration begin = world.clock.monotonic();
      if (is_first || begin - last_look >= interval_) {
        auto now = look();
        if (!now.ok()) return fail(now.error());
        if (is_first && now->empty()) return fail_missing();
        last_look = world.clock.monotonic();
        interval_ = std::max(Duration{static_cast<int64_t>(options_.interval_secs * 1000)}, (last_look - begin) * kShareOfTime);
        note_changes(*now, is_first);
        instances_ = std::move(*now);
      }
      if (screen_.is_live() && !options_.is_json) draw();
      if (is_over()) return 0;
      // In short pauses, so that the picture follows the terminal's size.
      if (!world.pause(std::min(interval_, milliseconds(500)))) return session_.end_interrupted();
    }
  }

 private:
  Result<Instances> look() {
    Query query = job_query(path_.path.job);
    query.emplace("order", "newest");
    query.emplace("fields", "taskId,instanceId,status,statusTone,isActive,host,waitReason,endSentence");
    Instances found;
    TRY(scheduler_.walk("getTasksWithoutConfigs", "/v1/tasks", std::move(query), "tasks",
                        [&](const codec::JsonValue& task, const codec::JsonValue&) {
                          Seen seen = to_seen(task);
                          const int32_t instance = seen.cell.instance;
                          if (path_.instances && !path_.instances->contains(instance)) return;
                          found.try_emplace(instance, std::move(seen));
                        }));
    return found;
  }

  int fail(const Error& error) {
    screen_.erase();
    return session_.fail(error, "Command failure:", ExitCode::ApiError);
  }

  int fail_missing() {
    if (!tell_missing_job(session_, scheduler_, path_.path))
      return session_.fail(ExitCode::InvalidParameter, "No task of " + options_.key + " is known");
    return static_cast<int>(ExitCode::InvalidParameter);
  }

  bool is_over() const {
    return std::ranges::none_of(instances_, [](const auto& one) { return one.second.cell.is_active; });
  }

  void note_changes(const Instances& now, bool is_first) {
    std::vector<Event> events;
    for (const auto& [instance, seen] : now) {
      const auto before = instances_.find(instance);
      const bool is_same = before != instances_.end() && before->second.task_id == seen.task_id && before->second.cell.state == seen.cell.state;
      if (is_same) continue;
      events.push_back({session_.world().clock.now(), instance, seen.task_id, before == instances_.end() ? "" : before->second.cell.state,
                        seen.cell.state, seen.host, seen.why, seen.cell.tone});
    }
    for (const auto& [instance, seen] : instances_) {
      if (!now.contains(instance))
        events.push_back({session_.world().clock.now(), instance, seen.task_id, seen.cell.state, "gone", "", "", Tone::Faint});
    }
    if (options_.is_json) return print_json(events);
    if (!screen_.is_live()) return print_lines(now, events, is_first);
    if (is_first) return;
    for (Event& event : events) events_.push_back(std::move(event));
    while (events_.size() > kEventsKept) events_.pop_front();
  }

  void print_json(const std::vector<Event>& events) {
    for (const Event& event : events) {
      codec::JsonObject line;
      line.add("timeMs", event.at).add("instance", event.instance).add("taskId", event.task_id);
      if (!event.from.empty()) line.add("from", event.from);
      line.add("status", event.to).add("host", event.host);
      if (!event.why.empty()) line.add("reason", event.why);
      session_.console().print(std::move(line).text());
    }
  }

  void print_lines(const Instances& now, const std::vector<Event>& events, bool is_first) {
    if (events.empty()) return;
    Console& console = session_.console();
    const size_t shown = std::min(events.size(), kEventsAtOnce);
    for (size_t i = 0; i < shown && !is_first; ++i) console.print(to_iso8601(events[i].at) + " " + to_text(events[i]));
    if (events.size() > shown && !is_first) console.print(to_iso8601(events[0].at) + " " + std::to_string(events.size() - shown) + " more changes");
    console.print(to_iso8601(session_.world().clock.now()) + " " + to_string(path_.path) + ": " + count_states(cells_of(now)));
  }

  static std::vector<GridCell> cells_of(const Instances& instances) {
    std::vector<GridCell> cells;
    for (const auto& [instance, seen] : instances) cells.push_back(seen.cell);
    return cells;
  }

  void draw() {
    const TerminalSize size = screen_.size();
    const auto width = static_cast<size_t>(std::max(size.columns, 2)) - 1;
    const auto height = static_cast<size_t>(std::max(size.rows, 4)) - 1;
    const std::vector<GridCell> cells = cells_of(instances_);
    std::vector<std::string> head = broken(to_string(path_.path) + ": " + count_states(cells), width);
    const size_t events = std::min({events_.size(), height / 3, size_t{10}});
    if (head.size() > height / 3 + 1) head.resize(height / 3 + 1);
    std::vector<std::string> lines;
    for (const std::string& line : head) lines.push_back(coloured(session_.console(), Tone::Plain, line, width));
    const size_t left = height > lines.size() + events + 1 ? height - lines.size() - events - 1 : 1;
    draw_cells(cells, width, left, lines);
    for (size_t i = events_.size() - events; i < events_.size(); ++i) {
      const std::string clock = to_iso8601(events_[i].at).substr(11, 8);
      lines.push_back(coloured(session_.console(), events_[i].tone, clock + " " + to_text(events_[i]), width));
    }
    screen_.draw(lines);
  }

  void draw_cells(const std::vector<GridCell>& cells, size_t width, size_t height, std::vector<std::string>& lines) {
    const Grid grid = draw_grid(cells, width, height);
    for (const auto& spans : grid.lines) {
      std::string line;
      for (const GridSpan& span : spans) line += coloured(session_.console(), span.tone, span.text, width);
      lines.push_back(std::move(line));
    }
    if (grid.instances_per_cell > 1)
      lines.push_back(coloured(session_.console(), Tone::Faint, std::to_string(grid.instances_per_cell) + " instances a cell, the worst shown", width));
  }

  Session& session_;
  SchedulerClient scheduler_;
  const InstancesPath path_;
  const JobWatchOptions& options_;
  LiveScreen screen_;
  Instances instances_;
  std::deque<Event> events_;
  Duration interval_;
};

}  // namespace

int job_watch(Session& session, const JobWatchOptions& options) {
  auto path = parse_instances_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  auto scheduler = SchedulerClient::find(session, path->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return JobWatch(session, std::move(*scheduler), std::move(*path), options).run();
}

}  // namespace aurora::client
