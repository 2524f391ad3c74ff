// `aurora whatif`: what would become of a cluster, worked out on a copy of its state on this machine.
#include <string_view>

#include "aurora/api/since.h"
#include "aurora/base/log.h"
#include "aurora/client/job_file.h"
#include "aurora/codec/json_fields.h"
#include "aurora/os/files.h"
#include "aurora/os/time_zones.h"
#include "aurora/scheduler/what_if.h"
#include "aurora/store/copy.h"
#include "modes/forecast_page.h"
#include "modes/forecast_text.h"
#include "modes/forecast_words.h"
#include "modes/remote_state.h"
#include "modes/verb_options.h"
#include "modes/what_if_request.h"

namespace aurora {
namespace {

struct WhatIfOptions {
  std::string from;
  int64_t backup = 0;  // the newest
  std::vector<std::pair<std::string, std::string>> add;  // FILE KEY
  std::vector<std::string> lose;
  std::vector<std::string> add_hosts;
  std::vector<std::string> drain;
  std::string at;
  std::string attribute = "rack";
  bool is_json = false;
  std::string page;  // a file; empty: none
};

constexpr int kLacksRoom = 2;

Result<scheduler::CopiedState> read_state(client::Session& session, const WhatIfOptions& options) {
  if (is_url(options.from)) return read_remote_state(session.world().http, options.from, session.world().clock.now());
  if (options.backup < 0 || options.backup > UINT32_MAX)
    return Error{ErrorCode::InvalidArgument, "--backup is the number of a copy, as `aurora admin store list` shows it"};
  store::StateCopy copy = TRY(store::read_copy(options.from, static_cast<uint32_t>(options.backup)));
  const Instant at = copy.at.value_or(scheduler::newest_moment(copy.changes));
  return scheduler::CopiedState{copy.cluster_id, at, std::move(copy.changes), {}};
}

KnownHosts hosts_of(const std::vector<core::Change>& changes) {
  KnownHosts known;
  for (const core::Change& change : changes) {
    if (const auto* saved = std::get_if<core::HostSaved>(&change)) known[saved->host.id] = saved->host;
  }
  return known;
}

std::variant<std::vector<core::JobConfiguration>, int> load_jobs(client::Session& session, const WhatIfOptions& options) {
  std::vector<core::JobConfiguration> jobs;
  for (const auto& [file, key] : options.add) {
    auto job = client::load_job_file(session, key, {.path = file, .bindings = {}});
    if (const int* exit_code = std::get_if<int>(&job)) return *exit_code;
    jobs.push_back(std::move(std::get<core::JobConfiguration>(job)));
  }
  return jobs;
}

Status choose(const WhatIfOptions& options, const scheduler::CopiedState& state, scheduler::WhatIf& changes) {
  KnownHosts known = hosts_of(state.changes);
  changes.lose = TRY(choose_hosts(options.lose, "--lose", known));
  changes.drain = TRY(choose_hosts(options.drain, "--drain", known));
  changes.add_hosts = TRY(make_hosts(options.add_hosts, known));
  changes.attribute = options.attribute;
  if (options.attribute != WhatIfOptions().attribute) TRY(check_attribute(options.attribute, known));
  if (options.at.empty()) return Unit{};
  const auto at = api::parse_since(options.at, state.at);
  if (!at.ok() || *at < state.at) {
    return Error{ErrorCode::InvalidArgument, "--at " + options.at + ": give a moment after the copy, which was made at " +
                                                 to_iso8601(state.at) + ", in that form"};
  }
  changes.at = *at;
  return Unit{};
}

core::SchedulerSettings default_settings() {
  core::SchedulerSettings settings;
  settings.cron.zones = os::time_zones();
  return settings;
}

// The words as a shell takes them, for the page.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain = "-_./:=,@+%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string question_of(const WhatIfOptions& options) {
  std::string text = "aurora whatif --from " + quoted(options.from);
  if (options.backup != 0) text += " --backup " + std::to_string(options.backup);
  for (const auto& [file, key] : options.add) text += " --add " + quoted(file) + " " + quoted(key);
  for (const std::string& word : options.lose) text += " --lose " + quoted(word);
  for (const std::string& word : options.add_hosts) text += " --add-hosts " + quoted(word);
  for (const std::string& word : options.drain) text += " --drain " + quoted(word);
  if (!options.at.empty()) text += " --at " + quoted(options.at);
  if (options.attribute != WhatIfOptions().attribute) text += " --by " + quoted(options.attribute);
  return text;
}

int run_what_if(client::Session& session, const WhatIfOptions& options) {
  if (options.add.empty() && options.lose.empty() && options.add_hosts.empty() && options.drain.empty() && options.at.empty())
    return session.fail_option("there is nothing to do; give --add, --lose, --add-hosts, --drain or --at");
  configure_log(LogFormat::Text, LogLevel::Error);  // of the scheduler that is played
  auto jobs = load_jobs(session, options);
  if (const int* exit_code = std::get_if<int>(&jobs)) return *exit_code;
  auto state = read_state(session, options);
  if (!state.ok()) return session.fail(client::ExitCode::CommandFailure, state.error().message);
  scheduler::WhatIf changes;
  changes.add = std::move(std::get<std::vector<core::JobConfiguration>>(jobs));
  if (const Status chosen = choose(options, *state, changes); !chosen.ok())
    return session.fail(client::ExitCode::CommandFailure, chosen.error().message);
  auto forecast = scheduler::forecast(std::move(*state), changes, default_settings());
  if (!forecast.ok()) return session.fail(client::ExitCode::CommandFailure, forecast.error().message);
  if (is_url(options.from))
    forecast->notes.push_back("Cron jobs and updates are not among what was asked of the scheduler; its copies have them.");
  if (!options.page.empty()) {
    if (const Status written = os::write_file(options.page, forecast_page(question_of(options), *forecast)); !written.ok())
      return session.fail(client::ExitCode::CommandFailure, written.error().message);
  }
  if (options.is_json) {
    session.console().print(codec::encode_json(*forecast));
  } else {
    print_forecast(session.console(), *forecast);
  }
  return lacks_room(*forecast) ? kLacksRoom : 0;
}

CLI::Option* add_words(CLI::App& app, const char* name, std::vector<std::string>& words, const char* form, const char* text) {
  return app.add_option(name, words, text)
      ->option_text(form)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

VerbRun define_what_if(CLI::App& app) {
  auto options = std::make_shared<WhatIfOptions>();
  app.add_option("--from", options->from,
                 "The state: the folder of a scheduler's hourly copies, a file of `aurora admin store export`, the --data_dir "
                 "of a scheduler that is not running, or the http:// address of one that is")
      ->required()
      ->option_text("COPY");
  app.add_option("--backup", options->backup, "Of a folder of copies the one with this number; default: the newest")->option_text("N");
  app.add_option("--add", options->add, "Create this job of this file; may be given several times")
      ->option_text("FILE KEY")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_words(app, "--lose", options->lose, "HOST", "This host falls silent, or all with an attribute, e.g. rack=r1; may be given several times");
  add_words(app, "--add-hosts", options->add_hosts, "N:NAME=VALUE",
            "So many hosts more, e.g. 10:cpus=32,ram=128GB,disk=1TB,rack=r9; may be given several times");
  add_words(app, "--drain", options->drain, "HOST",
            "Empty this host, or all with an attribute, as the policies of their jobs allow; may be given several times");
  add_text(app, "--at", options->at, "TIME", "Not at the copy's moment but at this one, with the cron runs until then");
  add_text(app, "--by", options->attribute, "ATTRIBUTE", "Sum hosts up by this attribute");
  add_json(app, options->is_json);
  add_text(app, "--write-html", options->page, "FILE", "Write the answer as a page to this file, too");
  return run_with(options, run_what_if);
}

}  // namespace

std::vector<ClientVerb> what_if_verbs() {
  return {
      {"", "whatif", "--from=COPY", "What would become of a cluster's copy if jobs came, or hosts came, left or went.",
       "aurora whatif --from /var/lib/aurora/scheduler/backups --lose rack=r1 --add web.aurora east/www-data/prod/web", define_what_if},
  };
}

}  // namespace aurora
