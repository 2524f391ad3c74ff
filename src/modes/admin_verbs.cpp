// `aurora admin VERB`: what the one who runs a cluster does by hand.
#include <charconv>
#include <cstdio>

#include "aurora/base/clock.h"
#include "aurora/store/maintenance.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

struct StoreOptions {
  std::string action;
  std::string folder;
  std::string backups;  // empty: beside the database
  std::string backup = "newest";
};

std::string backup_folder(const StoreOptions& options) {
  return options.backups.empty() ? store::default_backup_folder(options.folder) : options.backups;
}

int fail(client::Session& session, const Error& error) {
  for (const std::string& detail : error.details) session.console().print(detail);
  return session.fail(client::ExitCode::CommandFailure, error.message);
}

int check(client::Session& session, const StoreOptions& options) {
  const auto report = store::check_store(options.folder);
  if (!report.ok()) return fail(session, report.error());
  client::Console& console = session.console();
  console.print("cluster " + (report->cluster_id.empty() ? "without an id" : report->cluster_id) +
                ", commit " + std::to_string(report->commit));
  for (const auto& [table, count] : report->records)
    console.print("  " + table + ": " + std::to_string(count));
  for (const std::string& problem : report->problems) console.print(problem);
  if (!report->problems.empty())
    return session.fail(client::ExitCode::CommandFailure, options.folder + " is damaged");
  console.print("OK: everything that was acknowledged is there");
  return 0;
}

int list(client::Session& session, const StoreOptions& options) {
  const auto backups = store::list_backups(backup_folder(options));
  if (!backups.ok()) return fail(session, backups.error());
  if (backups->empty()) session.console().print("There is no copy in " + backup_folder(options) + ".");
  for (const store::Backup& backup : *backups) {
    char size[32];
    std::snprintf(size, sizeof size, "%.1f MB", static_cast<double>(backup.bytes) / 1e6);
    session.console().print(std::to_string(backup.id) + "  " + to_iso8601(backup.at) + "  " + size + "  " +
                            backup.note);
  }
  return 0;
}

int restore(client::Session& session, const StoreOptions& options) {
  uint32_t id = 0;
  if (options.backup != "newest") {
    const char* end = options.backup.data() + options.backup.size();
    const auto parsed = std::from_chars(options.backup.data(), end, id);
    if (parsed.ec != std::errc() || parsed.ptr != end || id == 0)
      return session.fail_option("--backup is the number of a copy, as `list` shows it, or newest");
  }
  const auto done = store::restore_store(options.folder, backup_folder(options), id, SystemClock().now());
  if (!done.ok()) return fail(session, done.error());
  session.console().print(*done);
  session.console().print(
      "The next scheduler listens to its hosts first. Tasks newer than the copy are listed by `aurora admin "
      "unknown_tasks`; none is killed.");
  return 0;
}

int accept(client::Session& session, const StoreOptions& options) {
  const auto done = store::accept_store(options.folder);
  if (!done.ok()) return fail(session, done.error());
  session.console().print(*done);
  return 0;
}

int run_store(client::Session& session, const StoreOptions& options) {
  if (options.action == "check") return check(session, options);
  if (options.action == "list") return list(session, options);
  if (options.action == "restore") return restore(session, options);
  return accept(session, options);
}

VerbRun define_store(CLI::App& app) {
  auto options = std::make_shared<StoreOptions>();
  app.add_option("action", options->action,
                 "check reads every record; list shows the copies; restore goes back to one; "
                 "accept goes on with a database that has lost something")
      ->required()
      ->option_text(" ")
      ->check(CLI::IsMember({"check", "list", "restore", "accept"}));
  app.add_option("folder", options->folder, "The --data_dir of a scheduler that is not running")
      ->required()
      ->option_text(" ");
  add_text(app, "--from", options->backups, "DIR",
           "The folder of the copies, default: backups/ in the folder");
  add_text(app, "--backup", options->backup, "ID", "The copy to go back to");
  return [options](client::Session& session) { return run_store(session, *options); };
}

VerbRun define_unknown_tasks(CLI::App& app) {
  auto options = std::make_shared<client::UnknownTasksOptions>();
  auto words = std::make_shared<std::vector<std::string>>();
  app.add_option("words", *words,
                 "list (also when left out), kill or adopt; the cluster; tasks to kill or adopt")
      ->required()
      ->option_text(" ")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--host", options->hosts,
                 "With list and kill: all of this host's, may be given several times")
      ->option_text("HOST")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--all", options->all, "With kill: all of them");
  add_json(app, options->is_json);
  return [options, words](client::Session& session) {
    std::vector<std::string>& rest = *words;
    const bool has_action = rest.front() == "list" || rest.front() == "kill" || rest.front() == "adopt";
    options->action = has_action ? rest.front() : "list";
    if (has_action) rest.erase(rest.begin());
    if (rest.empty()) return session.fail(client::ExitCode::Usage, "name the cluster");
    options->cluster = rest.front();
    options->task_ids.assign(rest.begin() + 1, rest.end());
    if (options->action == "list" && !options->task_ids.empty())
      return session.fail(client::ExitCode::Usage, "unexpected argument '" + options->task_ids.front() + "'");
    return client::unknown_tasks(session, *options);
  };
}

}  // namespace

std::vector<ClientVerb> admin_verbs() {
  return {
      {"admin", "unknown_tasks", "[list|kill|adopt] CLUSTER [TASK_ID...]",
       "Tasks that hosts run and the scheduler does not know.",
       "aurora admin unknown_tasks kill east --host h1", define_unknown_tasks},
      {"admin", "store", "check|list|restore|accept DIR",
       "Check a scheduler's database, or go back to a copy of it.",
       "aurora admin store restore /var/lib/aurora/scheduler", define_store},
  };
}

}  // namespace aurora
