// `update KEY FILE` and `job update KEY FILE`: an update that the scheduler drives, waited for and told in the words of
// the original's client-driven one (spec/tutorial.md §7.1, §8).
#include <algorithm>

#include "aurora/client/verbs.h"
#include "client/job_page.h"
#include "client/task_view.h"
#include "client/update_request.h"
#include "client/update_story.h"
#include "client/update_watch.h"

namespace aurora::client {
namespace {

void print_lines(Session& session, const std::vector<StoryLine>& lines) {
  for (const StoryLine& line : lines) session.console().log(line.severity, line.text);
}

// Of the instances that were asked for; all, when none were.
UpdateScope scope_of(const UpdatePlan& plan, const std::set<int32_t>& only) {
  const auto chosen = [&](const std::vector<UpdatePlan::Group>& groups) {
    std::set<int32_t> instances = instances_of(groups);
    if (!only.empty()) std::erase_if(instances, [&](int32_t id) { return !only.contains(id); });
    return instances;
  };
  return {chosen(plan.add), chosen(plan.remove), chosen(plan.update), chosen(plan.unchanged)};
}

std::set<int32_t> outside(const UpdateScope& scope, std::set<int32_t> instances) {
  for (const auto* part : {&scope.add, &scope.remove, &scope.update, &scope.unchanged}) {
    std::erase_if(instances, [&](int32_t id) { return part->contains(id); });
  }
  return instances;
}

int succeed(Session& session, UpdateStory& story) {
  print_lines(session, story.end("ROLLED_FORWARD"));
  if (session.is_classic()) {
    report_response(session, "OK", "");
  } else {
    session.console().print("Update completed successfully");
  }
  return 0;
}

int fail(Session& session, UpdateStory& story, const UpdateView& update) {
  print_lines(session, story.end(update.status));
  std::string text = "Update " + update.status;
  if (update.status == "ROLLED_BACK") text = "Update reverted";
  if (update.status == "FAILED") text = "Update failed";
  if (update.status == "ABORTED") text = "Update aborted";
  if (session.is_classic()) {
    report_response(session, "ERROR", text);
    return 1;
  }
  session.console().print_error("Update failed due to error:");
  session.console().print_error("\t" + text);
  return static_cast<int>(ExitCode::CommandFailure);
}

// ^C: the original left a locked job behind; ours is paused and can go on.
int pause_after_interrupt(Session& session, SchedulerClient& scheduler, const JobPath& path, const std::string& id) {
  Console& console = session.console();
  console.clear_progress();
  console.log(Severity::Error, "Command interrupted by user");
  const auto paused = scheduler.post("pauseJobUpdate", update_route(path.job, id) + "/pause",
                                     R"({"message":"Interrupted by the user"})");
  if (paused.ok()) {
    console.log(Severity::Warning, "The update is paused. Go on with `aurora update resume " + to_string(path) +
                                       "`, end it with `aurora update abort " + to_string(path) + "`.");
  } else {
    console.log(Severity::Warning, "The update could not be paused (" + paused.error().message +
                                       ") and may go on; `aurora update abort " + to_string(path) + "` ends it.");
  }
  return static_cast<int>(ExitCode::Interrupted);
}

int follow(Session& session, PreparedUpdate& prepared, UpdateStory& story, const std::string& id, Duration poll) {
  SchedulerClient& scheduler = prepared.scheduler;
  const core::JobKey& job = prepared.loaded.path.job;
  WaitNotice notice(session);
  session.set_parting_words(words_of_update_going_on(prepared.loaded.path));
  while (true) {
    const auto update = get_update(scheduler, job, id);
    if (!update.ok()) return session.fail(update.error(), "Job update not found.", ExitCode::InvalidParameter);
    std::vector<TaskView> tasks;
    if (const auto watched = story.watched(); !watched.empty() || update->events.size() > 1) {
      auto listed = list_tasks(scheduler, job, watched, TaskFilter::All);
      if (listed.ok()) tasks = std::move(*listed);
    }
    print_lines(session, story.tell(*update, tasks));
    if (update->status == "ROLLED_FORWARD") return succeed(session, story);
    if (!update->is_active) return fail(session, story, *update);
    show_update_progress(session.console(), *update);
    if (notice.is_due()) {
      if (const auto pending = find_pending(scheduler, job)) notice.say(pending->kind, "Waiting for tasks to run: " + pending->text);
    }
    if (!session.world().pause(poll)) return pause_after_interrupt(session, scheduler, prepared.loaded.path, id);
  }
}

}  // namespace

int update(Session& session, const UpdateOptions& options) {
  constexpr UpdateRefusal kRefusal{"Update failed due to error:", ExitCode::CommandFailure};
  auto prepared_or_stopped = prepare_update(session, options, kRefusal);
  if (const auto* stopped = std::get_if<Stopped>(&prepared_or_stopped)) return stopped->exit_code;
  PreparedUpdate& prepared = std::get<PreparedUpdate>(prepared_or_stopped);
  if (options.is_dry_run) {
    print_plan(session.console(), prepared.plan, nullptr);
    return 0;
  }
  const std::set<int32_t> only = core::to_set(prepared.request.settings.update_only_these_instances);
  const UpdateScope scope = scope_of(prepared.plan, only);
  if (const auto missing = outside(scope, only); !missing.empty()) {
    return session.fail(ExitCode::CommandFailure, "Unable to start job update: Instances " +
                                                      format_instances(missing) +
                                                      " are outside of supported range");
  }
  UpdateStory story(scope, *prepared.loaded.update_settings);
  print_lines(session, story.begin(prepared.loaded.path.job.name));
  session.world().hold_interrupts();
  const auto outcome = start_with_hooks(session, prepared, options.message, options.poll_secs);
  if (const auto* stopped = std::get_if<Stopped>(&outcome)) return stopped->exit_code;
  const auto& started = std::get<Result<StartReply>>(outcome);
  if (!started.ok()) return session.fail(started.error(), kRefusal.title, kRefusal.exit_code);
  const int code = started->id ? follow(session, prepared, story, *started->id, seconds(std::max<int64_t>(1, options.poll_secs)))
                               : succeed(session, story);
  session.console().clear_progress();
  if (code == 0 && options.open_browser) open_job_page(session, prepared.scheduler, prepared.loaded.path.job);
  return code;
}

}  // namespace aurora::client
