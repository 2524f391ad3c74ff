#include "client/update_watch.h"

#include <algorithm>

#include "client/instance_grid.h"
#include "client/live_screen.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

constexpr Duration kPoll = seconds(2);

int code_of(const std::string& status, UpdateGoal goal) {
  const bool is_forward = status == "ROLLED_FORWARD";
  const bool is_back = status == "ROLLED_BACK";
  if (!is_forward && !is_back) return static_cast<int>(ExitCode::Unknown);
  return is_forward == (goal == UpdateGoal::Forward) ? 0 : static_cast<int>(ExitCode::CommandFailure);
}

// For what it waits, in one line, after a while.
void say_what_it_waits_for(WaitNotice& notice, SchedulerClient& scheduler, const UpdateView& update) {
  if (!notice.is_due()) return;
  const std::string key = to_string(JobPath{scheduler.cluster(), update.job});
  const std::string last = update.events.empty() ? "" : update.events.back().message;
  std::string text = "Waiting for update " + update.id + ": ";
  std::string kind = update.status;
  if (update.status.ends_with("_PAUSED")) {
    text += "it is paused" + (last.empty() ? "" : " (" + last + ")") + "; `aurora update resume " + key + "` lets it go on";
  } else if (update.status.ends_with("_AWAITING_PULSE")) {
    text += "it goes on when a pulse comes from outside";
  } else {
    text += std::to_string(update.instances_updated) + " of " + std::to_string(update.instances_total) + " instances are done";
    if (const auto pending = find_pending(scheduler, update.job)) {
      kind += "\n" + pending->kind;
      text += "; " + pending->text;
    }
  }
  notice.say(kind, text);
}

// INSTANCE_UPDATE_FAILED is over and "FAILED", INSTANCE_UPDATING is not.
GridCell to_cell(const UpdateView::Instance& instance) {
  constexpr std::string_view kPrefix = "INSTANCE_";
  GridCell cell{instance.id, instance.state, tone_of_status(instance.tone), false};
  if (cell.state.starts_with(kPrefix)) cell.state.erase(0, kPrefix.size());
  if (cell.state.ends_with("_FAILED")) cell.state = "FAILED";
  std::ranges::transform(cell.state, cell.state.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  cell.is_active = cell.state.ends_with("ING") || cell.state.starts_with("ROLLING");
  return cell;
}

// The instances of the update below what was printed; nothing unless one can draw there.
void draw_instances(LiveScreen& screen, Console& console, const UpdateView& update) {
  if (!screen.is_live() || update.instances.empty()) return;
  const TerminalSize size = screen.size();
  const auto width = static_cast<size_t>(std::max(size.columns, 2)) - 1;
  const auto height = static_cast<size_t>(std::max(size.rows / 2, 1));
  std::vector<GridCell> cells;
  for (const UpdateView::Instance& instance : update.instances) cells.push_back(to_cell(instance));
  std::ranges::stable_sort(cells, {}, &GridCell::instance);
  std::vector<std::string> lines;
  for (const std::string& line : broken(count_states(cells), width)) lines.push_back(coloured(console, Tone::Plain, line, width));
  const Grid grid = draw_grid(cells, width, height);
  for (const auto& spans : grid.lines) {
    std::string& line = lines.emplace_back();
    for (const GridSpan& span : spans) line += coloured(console, span.tone, span.text, width);
  }
  screen.draw(lines);
}

}  // namespace

std::optional<Waiting> find_pending(SchedulerClient& scheduler, const core::JobKey& job) {
  Query query = job_query(job);
  query.emplace("limit", "100");
  const auto page = scheduler.get("getPendingReason", "/v1/pending", query);
  const codec::JsonValue* reasons = page.ok() ? page->find("reasons") : nullptr;
  if (reasons == nullptr) return std::nullopt;
  std::vector<TaskView> tasks;
  for (const codec::JsonValue& entry : reasons->items()) {
    const codec::JsonValue* reason = entry.find("pendingReason");
    if (reason == nullptr) continue;  // nobody has looked for a host yet
    TaskView& task = tasks.emplace_back();
    task.status = "PENDING";
    task.pending = to_pending_text(*reason);
  }
  if (tasks.empty()) return std::nullopt;
  std::vector<const TaskView*> pointers;
  for (const TaskView& task : tasks) pointers.push_back(&task);
  return describe_waiting(pointers);
}

std::string words_of_update_going_on(const JobPath& path) {
  const std::string key = to_string(path);
  return "The update goes on; `aurora update wait " + key + "` watches again, `aurora update abort " + key + "` ends it.";
}

void show_update_progress(Console& console, const UpdateView& update) {
  const bool is_back = update.status.find("BACK") != std::string::npos;
  console.show_progress(is_back ? "Rolling back" : "Updating", update.instances_updated, update.instances_total);
}

int watch_update(Session& session, SchedulerClient& scheduler, const core::JobKey& job, const std::string& id,
                 UpdateGoal goal) {
  std::string last;
  WaitNotice notice(session);
  LiveScreen screen(session);
  session.set_parting_words(words_of_update_going_on({scheduler.cluster(), job}));
  while (true) {
    const auto update = get_update(scheduler, job, id);
    screen.erase();
    if (!update.ok()) {
      if (update.error().code == ErrorCode::NotFound) return session.fail(ExitCode::InvalidParameter, "Job update not found.");
      return session.fail(update.error(), "Command failure:", ExitCode::ApiError);
    }
    if (update->status != last) session.console().print("Current state " + update->status);
    last = update->status;
    if (!update->is_active) {
      session.console().clear_progress();
      draw_instances(screen, session.console(), *update);
      const int code = code_of(last, goal);
      const std::string reason = update->events.empty() ? "" : update->events.back().message;
      if (code != 0 && !reason.empty()) session.console().info(reason);
      return code;
    }
    say_what_it_waits_for(notice, scheduler, *update);
    if (screen.is_live()) {
      draw_instances(screen, session.console(), *update);
    } else {
      show_update_progress(session.console(), *update);
    }
    if (!session.world().pause(kPoll)) return session.end_interrupted();
  }
}

}  // namespace aurora::client
