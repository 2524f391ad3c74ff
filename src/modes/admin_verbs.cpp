// `aurora admin VERB`: what the one who runs a cluster does by hand.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

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
  std::string file = "-";  // standard output or input
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

bool is_standard_stream(const StoreOptions& options) { return options.file == "-"; }

int export_lines(client::Session& session, const StoreOptions& options) {
  std::ofstream file;
  if (!is_standard_stream(options)) file.open(options.file, std::ios::binary | std::ios::trunc);
  std::ostream& out = is_standard_stream(options) ? std::cout : file;
  const auto broken = [&] { return Error{ErrorCode::Internal, options.file + " cannot be written: " + std::strerror(errno)}; };
  if (!out) return fail(session, broken());
  const auto done = store::export_store(options.folder, [&](const std::string& line) -> Status {
    out << line << '\n';
    return out ? Status(Unit{}) : Status(broken());
  });
  if (!done.ok()) return fail(session, done.error());
  out.flush();
  if (!out) return fail(session, broken());
  session.console().info(std::to_string(*done) + " records were written");
  return 0;
}

int import_lines(client::Session& session, const StoreOptions& options) {
  std::ifstream file;
  if (!is_standard_stream(options)) file.open(options.file, std::ios::binary);
  std::istream& in = is_standard_stream(options) ? std::cin : file;
  if (!in) return fail(session, Error{ErrorCode::NotFound, options.file + " cannot be read: " + std::strerror(errno)});
  const auto done = store::import_store(options.folder, [&]() -> Result<std::optional<std::string>> {
    std::string line;
    if (std::getline(in, line)) return std::optional(std::move(line));
    if (in.eof()) return std::optional<std::string>();
    return Error{ErrorCode::DataLoss, options.file + " cannot be read on: " + std::strerror(errno)};
  });
  if (!done.ok()) return fail(session, done.error());
  session.console().print(*done);
  session.console().print("The next scheduler listens to its hosts first.");
  return 0;
}

int run_store(client::Session& session, const StoreOptions& options) {
  if (options.action == "export") return export_lines(session, options);
  if (options.action == "import") return import_lines(session, options);
  if (options.action == "check") return check(session, options);
  if (options.action == "list") return list(session, options);
  if (options.action == "restore") return restore(session, options);
  return accept(session, options);
}

VerbRun define_store(CLI::App& app) {
  auto options = std::make_shared<StoreOptions>();
  app.add_option("action", options->action,
                 "check reads every record; list shows the copies; restore goes back to one; "
                 "accept goes on with a database that has lost something; export writes the whole state as lines of JSON, "
                 "import makes a database of them")
      ->required()
      ->option_text(" ")
      ->check(CLI::IsMember({"check", "list", "restore", "accept", "export", "import"}));
  app.add_option("folder", options->folder, "The --data_dir of a scheduler that is not running")
      ->required()
      ->option_text(" ");
  add_text(app, "--from", options->backups, "DIR",
           "The folder of the copies, default: backups/ in the folder");
  add_text(app, "--backup", options->backup, "N", "The copy to go back to");
  add_text(app, "--file", options->file, "FILE", "Of export and import; - is standard output or input");
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

void add_hosts(CLI::App& app, client::HostsOptions& options) {
  app.add_option("cluster", options.cluster, "The cluster")->required()->option_text(" ");
  app.add_option("--hosts", options.hosts, "The hosts")
      ->option_text("A,B")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_text(app, "--filename", options.filename, "FILE", "A file with a host on each line, instead of --hosts");
  add_json(app, options.is_json);
}

template <int (*verb)(client::Session&, const client::HostsOptions&)>
VerbRun define_hosts(CLI::App& app) {
  auto options = std::make_shared<client::HostsOptions>();
  add_hosts(app, *options);
  return run_with(options, verb);
}

VerbRun define_host_drain(CLI::App& app) {
  auto options = std::make_shared<client::HostDrainOptions>();
  add_hosts(app, *options);
  add_text(app, "--grouping", options->grouping, "HOW", "Hosts that are drained together: by_host, by_rack or none (all)");
  add_text(app, "--post_drain_script", options->post_drain_script, "FILE", "Run with each drained host as its argument");
  app.add_option("--override_percentage", options->override_percentage,
                 "Of each production job with 20 instances or more so many per cent must stay up")
      ->option_text("N [95]");
  add_text(app, "--override_duration", options->override_duration, "TIME", "For so long they must have been up, such as 1h30m [30m]");
  add_text(app, "--override_reason", options->override_reason, "TEXT", "Why; required with the other two");
  add_text(app, "--unsafe_hosts_file", options->unsafe_hosts_file, "FILE", "Hosts that were not drained are written there");
  return run_with(options, client::host_drain);
}

VerbRun define_sla_host_drain(CLI::App& app) {
  auto options = std::make_shared<client::SlaHostDrainOptions>();
  add_hosts(app, *options);
  app.add_option("--default_percentage", options->default_percentage,
                 "Of each production job without a policy of its own so many per cent must stay up")
      ->option_text("N [95]");
  add_text(app, "--default_duration", options->default_duration, "TIME", "For so long they must have been up");
  add_text(app, "--force_drain_timeout", options->force_drain_timeout, "TIME", "After that no policy counts");
  return run_with(options, client::sla_host_drain);
}

VerbRun define_quota_change(CLI::App& app, client::SetQuotaHow how) {
  auto options = std::make_shared<client::SetQuotaOptions>();
  options->how = how;
  const auto add = [&](const char* name, std::string& value, const char* text) {
    app.add_option(name, value, text)->required()->option_text(" ");
  };
  add("cluster", options->cluster, "The cluster");
  add("role", options->role, "Whose quota");
  add("cpu", options->cpus, "Cores, e.g. 10 or 2.5");
  add("ram", options->ram, "A size with its unit, e.g. 20gb");
  add("disk", options->disk, "A size with its unit, e.g. 40gb");
  return run_with(options, client::set_quota);
}
VerbRun define_set_quota(CLI::App& app) { return define_quota_change(app, client::SetQuotaHow::Set); }
VerbRun define_increase_quota(CLI::App& app) { return define_quota_change(app, client::SetQuotaHow::Increase); }

}  // namespace

std::vector<ClientVerb> admin_verbs() {
  return {
      {"admin", "host_deactivate", "CLUSTER", "New tasks avoid these hosts as long as others have room.",
       "aurora admin host_deactivate east --hosts=h1,h2", define_hosts<client::host_deactivate>},
      {"admin", "host_drain", "CLUSTER", "Empty hosts, group by group, and wait for it.",
       "aurora admin host_drain east --filename=rack7 --grouping=none", define_host_drain},
      {"admin", "sla_host_drain", "CLUSTER", "Have the scheduler empty hosts as the policies of their jobs allow.",
       "aurora admin sla_host_drain east --hosts=h1", define_sla_host_drain},
      {"admin", "host_activate", "CLUSTER", "Give hosts back to new tasks.",
       "aurora admin host_activate east --hosts=h1,h2", define_hosts<client::host_activate>},
      {"admin", "host_status", "CLUSTER", "The maintenance mode of hosts, and what is left on those being drained.",
       "aurora admin host_status east --hosts=h1 --write-json", define_hosts<client::host_status>},
      {"admin", "unknown_tasks", "[list|kill|adopt] CLUSTER [TASK_ID...]",
       "Tasks that hosts run and the scheduler does not know.",
       "aurora admin unknown_tasks kill east --host h1", define_unknown_tasks},
      {"admin", "set_quota", "CLUSTER ROLE CPU RAM DISK",
       "Set what production tasks of a role may use together on shared hosts.",
       "aurora admin set_quota east www-data 10 20gb 40gb", define_set_quota},
      {"admin", "increase_quota", "CLUSTER ROLE CPU RAM DISK", "Add to the quota of a role, or take from it.",
       "aurora admin increase_quota east www-data 2 4gb 0mb", define_increase_quota},
      {"admin", "store", "check|list|restore|accept|export|import DIR",
       "Check a scheduler's database, go back to a copy of it, or take it out and in as text.",
       "aurora admin store restore /var/lib/aurora/scheduler", define_store},
  };
}

}  // namespace aurora
