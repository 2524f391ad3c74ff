// `aurora admin scheduler_...`: copies of a scheduler's database and the way back to one of them while it runs.
#include "modes/verb_options.h"

namespace aurora {
namespace {

using client::RecoveryOptions;
using Verb = int (*)(client::Session&, const RecoveryOptions&);

std::shared_ptr<RecoveryOptions> add_cluster(CLI::App& app) {
  auto options = std::make_shared<RecoveryOptions>();
  app.add_option("cluster", options->cluster, "The cluster")->required()->option_text(" ");
  return options;
}

template <Verb verb>
VerbRun define(CLI::App& app) {
  return run_with(add_cluster(app), verb);
}

template <Verb verb>
VerbRun define_reader(CLI::App& app) {
  auto options = add_cluster(app);
  add_json(app, options->is_json);
  return run_with(options, verb);
}

VerbRun define_stage(CLI::App& app) {
  auto options = add_cluster(app);
  app.add_option("backup", options->backup, "Its name, as scheduler_list_backups shows it, or its number")
      ->required()
      ->option_text(" ");
  return run_with(options, client::scheduler_stage_recovery);
}

VerbRun define_delete(CLI::App& app) {
  auto options = add_cluster(app);
  app.add_option("task_ids", options->task_ids, "The tasks, with commas between them")
      ->required()
      ->option_text(" ")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return run_with(options, client::scheduler_delete_recovery_tasks);
}

VerbRun define_reconcile(CLI::App& app) {
  auto options = std::make_shared<client::ReconcileOptions>();
  app.add_option("cluster", options->cluster, "The cluster")->required()->option_text(" ");
  app.add_option("-t,--type", options->type, "explicit: hosts that should have tasks; implicit: all that are connected")
      ->check(CLI::IsMember({"explicit", "implicit"}))
      ->option_text("KIND [explicit]");
  add_number(app, "-b,--batch_size", options->batch_size, "Accepted; hosts answer with their next beats, which are spread");
  return run_with(options, client::reconcile_tasks);
}

}  // namespace

std::vector<ClientVerb> recovery_verbs() {
  return {
      {"admin", "scheduler_backup_now", "CLUSTER", "Copy the scheduler's database now.",
       "aurora admin scheduler_backup_now east", define<client::scheduler_backup_now>},
      {"admin", "scheduler_list_backups", "CLUSTER", "The copies of the scheduler's database, oldest first.",
       "aurora admin scheduler_list_backups east --json", define_reader<client::scheduler_list_backups>},
      {"admin", "scheduler_stage_recovery", "CLUSTER BACKUP",
       "Load a copy beside the live state, to look at it and go back to it.",
       "aurora admin scheduler_stage_recovery east scheduler-backup-2026-05-02-03-00-00-17", define_stage},
      {"admin", "scheduler_print_recovery_tasks", "CLUSTER", "The active tasks of the copy that is loaded.",
       "aurora admin scheduler_print_recovery_tasks east", define_reader<client::scheduler_print_recovery_tasks>},
      {"admin", "scheduler_delete_recovery_tasks", "CLUSTER ID,ID", "Delete tasks from the copy that is loaded.",
       "aurora admin scheduler_delete_recovery_tasks east www-prod-web-0-11111111-2222-3333-4444-555555555555", define_delete},
      {"admin", "scheduler_commit_recovery", "CLUSTER",
       "Replace all state by the copy that is loaded; the scheduler ends and must be started again.",
       "aurora admin scheduler_commit_recovery east", define<client::scheduler_commit_recovery>},
      {"admin", "scheduler_unload_recovery", "CLUSTER", "Discard the copy that is loaded.",
       "aurora admin scheduler_unload_recovery east", define<client::scheduler_unload_recovery>},
      {"admin", "scheduler_snapshot", "CLUSTER",
       "The same as scheduler_backup_now: the database needs no snapshots of its own.",
       "aurora admin scheduler_snapshot east", define<client::scheduler_snapshot>},
      {"admin", "reconcile_tasks", "CLUSTER", "Have hosts list all tasks that they have.",
       "aurora admin reconcile_tasks east --type implicit", define_reconcile},
  };
}

}  // namespace aurora
