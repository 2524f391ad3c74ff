// `aurora thermos`: its commands, the words before and behind them, and its help.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <regex>

#include "aurora/client/clusters.h"
#include "aurora/client/nearest.h"
#include "aurora/os/users.h"
#include "modes/console_setup.h"
#include "modes/daemon_flags.h"
#include "modes/devcluster_folder.h"
#include "modes/executor_options.h"
#include "modes/help.h"
#include "modes/help_format.h"
#include "modes/mode.h"
#include "modes/option_words.h"
#include "modes/thermos_verbs.h"
#include "modes/word_kinds.h"

namespace aurora {
namespace {

constexpr const char* kRunFooter =
    "^C (or SIGTERM) asks the runner to kill the task: SIGTERM, final processes, SIGKILL after 60 s; the "
    "second one ends it "
    "at once. If this program dies, the task goes on under its runner: `aurora thermos kill` ends it.\n"
    "Exit codes: 0 the task succeeded (or, with --daemon, has begun), 1 it failed, 4 it was killed, 5 it was "
    "lost; 2 wrong "
    "options, 3 the configuration cannot be evaluated, 102 no host would run the task, 104 the user does not "
    "exist or cannot "
    "be used, 105 a task with that id is over, 101 anything else.\n"
    "Example: aurora thermos run hello.thermos\n"
    "Example: aurora thermos simplerun 'echo hello'\n";

// What every command has.
struct CommonWords {
  std::vector<std::string> roots;
  std::vector<std::string> mesos_roots;
  bool is_verbose = false;
  bool is_quiet = false;
};

std::string default_root() {
  if (os::is_root()) return ExecutorOptions().work_dir + "/thermos";
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/aurora/thermos";
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return client::home_folder(variable) + "/.local/state/aurora/thermos";
}

std::string title_of(const ThermosVerb& verb) { return std::string("aurora thermos ") + verb.name; }

std::unique_ptr<CLI::App> make_app(const ThermosVerb& verb, CommonWords& common, ThermosCall& call) {
  auto app = std::make_unique<CLI::App>(verb.summary, title_of(verb));
  app->option_defaults()->take_last();
  set_help_format(*app);
  app->set_help_flag("-h,--help,--long-help", "Show this page");
  app->footer(verb.footer);
  call = verb.define(*app);
  const auto add_roots = [&](const char* name, std::vector<std::string>& into, const std::string& text,
                             const std::string& form) {
    app->add_option(name, into, text)
        ->option_text(form)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add_roots("--root", common.roots,
            "Folder in which tasks are run, and in which they are looked for beside the default ones: yours, "
            "executors' and "
            "devclusters'; may be an executor's, or hold some of these",
            "PATH [" + default_root() + "]");
  add_roots("--mesos-root", common.mesos_roots, "One more folder in which tasks are looked for", "PATH");
  app->add_flag("-v,--verbose", common.is_verbose, "Say more: DEBUG lines too");
  app->add_flag("-q,--quiet", common.is_quiet, "No log lines at all");
  return app;
}

std::string help_of(const ThermosVerb& verb) {
  CommonWords common;
  ThermosCall call;
  const auto app = make_app(verb, common, call);
  std::string text = app->help();
  const size_t usage = text.find("Usage:");
  const size_t end = text.find('\n', usage);
  if (usage != std::string::npos && end != std::string::npos)
    text.replace(usage, end - usage, wrap("Usage: " + title_of(verb) + " " + verb.arguments, 0, 2, help_columns()));
  return text;
}

std::string overview_of_thermos() {
  const size_t columns = help_columns();
  std::string text =
      wrap("Runs and shows tasks of this machine, without a scheduler and without an executor.", 0, 0, columns) + "\n\n" +
      wrap("Usage: aurora thermos [--root PATH] <command> [options] [arguments]", 0, 2, columns) + "\n\nthermos\n\ncommands:\n";
  for (const ThermosVerb& verb : thermos_verbs()) {
    text += "    " + std::string(verb.name) + std::string(10 - std::string_view(verb.name).size(), ' ') +
            "\t" + wrap(verb.summary, 16, 16, columns) + "\n";
  }
  return text + "\n" + wrap("`aurora thermos help COMMAND` shows a command's options.", 0, 0, columns) + "\n";
}

const ThermosVerb* find_thermos_verb(std::string_view name) {
  for (const ThermosVerb& verb : thermos_verbs()) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

std::vector<std::string> thermos_verb_names() {
  std::vector<std::string> names;
  for (const ThermosVerb& verb : thermos_verbs()) names.emplace_back(verb.name);
  return names;
}

std::string usage_of(const ThermosVerb& verb) {
  return "usage: " + title_of(verb) + " " + verb.arguments + "\n";
}

int report_bad_word(const ThermosVerb& verb, const std::string& reason) {
  std::cerr << usage_of(verb) << title_of(verb) << ": error: " << reason;
  if (!reason.ends_with('?')) std::cerr << "; `" << title_of(verb) << " --help` shows all options";
  std::cerr << "\n";
  return 2;
}

// How many of the words are the command's options: what follows the first that is none is another program's.
size_t count_own_words(const CLI::App& app, const std::vector<std::string>& words) {
  if (!app.get_prefix_command()) return words.size();
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--" || !words[i].starts_with('-')) return i;
    const bool has_value = words[i].find('=') != std::string::npos && words[i].starts_with("--");
    const auto expanded = expand_options({words[i]}, long_names(app));
    const CLI::Option* option = app.get_option_no_throw(expanded.ok() ? expanded->front() : words[i]);
    if (option != nullptr && takes_value(*option) && !has_value) ++i;
  }
  return words.size();
}

std::vector<std::string> searched_roots(const std::string& own, const CommonWords& common) {
  std::vector<std::string> roots{own};
  for (const std::string& root : common.roots) roots.push_back(absolute_folder(root));
  for (const std::string& root : common.mesos_roots) roots.push_back(absolute_folder(root));
  roots.push_back(default_root());
  roots.push_back(ExecutorOptions().work_dir);
  roots.push_back(default_devcluster_folder());
  return roots;
}

int run_verb(const ThermosVerb& verb, const std::vector<std::string>& words) {
  CommonWords common;
  ThermosCall call;
  const auto app = make_app(verb, common, call);
  const size_t own = count_own_words(*app, words);
  auto expanded =
      expand_options({words.begin(), words.begin() + static_cast<ptrdiff_t>(own)}, long_names(*app));
  if (!expanded.ok()) return report_bad_word(verb, expanded.error().message);
  expanded->insert(expanded->end(), words.begin() + static_cast<ptrdiff_t>(own), words.end());
  try {
    std::vector<std::string> reversed(expanded->rbegin(), expanded->rend());  // as CLI11 wants it
    app->parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    std::cout << help_of(verb);
    return 0;
  } catch (const CLI::ParseError& error) {
    return report_bad_word(verb, error.what());
  }
  std::signal(SIGPIPE, SIG_IGN);
  client::Console console(std::cout, std::cerr, console_config(common.is_quiet, common.is_verbose));
  const std::string root = common.roots.empty() ? default_root() : absolute_folder(common.roots.back());
  Thermos thermos{verb, console, root, searched_roots(root, common)};
  return call(thermos);
}

// The command, and before its own words those that stood in front of it: `thermos --root R status` is
// `thermos status --root R`.
struct Split {
  const ThermosVerb* verb = nullptr;
  std::string name;  // empty: there is none
  std::vector<std::string> words;
};
Split split(const std::vector<std::string>& words) {
  Split result;
  size_t at = 0;
  while (at < words.size() && words[at].starts_with('-')) {
    const bool takes_next =
        words[at] == "--root" || words[at] == "--mesos-root" || words[at] == "--mesos_root";
    result.words.push_back(words[at++]);
    if (takes_next && at < words.size()) result.words.push_back(words[at++]);
  }
  if (at == words.size()) return result;
  result.name = words[at];
  result.verb = find_thermos_verb(result.name);
  result.words.insert(result.words.end(), words.begin() + static_cast<ptrdiff_t>(at) + 1, words.end());
  return result;
}

std::string unreadable_text(const std::vector<std::string>& folders) {
  std::string text;
  for (const std::string& folder : folders) text += (text.empty() ? "" : ", ") + folder;
  return text;
}

int help(Thermos& thermos, const std::vector<std::string>& words) {
  if (words.empty()) {
    thermos.console.write(overview_of_thermos());
    return 0;
  }
  if (const ThermosVerb* verb = find_thermos_verb(words[0])) {
    thermos.console.write("command " + words[0] + ":\n" + help_of(*verb));
    return 0;
  }
  thermos.console.print_error("unknown command: " + words[0]);
  return 1;
}

}  // namespace

const std::vector<ThermosVerb>& thermos_verbs() {
  static const std::vector<ThermosVerb> verbs{
      {"gc", "[options] [task_id1 task_id2 ...]", "Garbage collect task(s) and task metadata.",
       "If tasks are named, only those are collected, and of them, if --max_age, --max_tasks or --max_space "
       "is given, only those "
       "beyond it. Nothing is deleted unless --delete-data, --delete-logs or --delete-metadata says so.\n"
       "Example: aurora thermos gc --max_age 7d --delete-data --delete-logs --delete-metadata",
       define_thermos_gc},
      {"help", "[command]", "Get help about a specific command.", "Example: aurora thermos help run",
       define_thermos_help},
      {"inspect", "[options] config", "Inspect a thermos config and display the evaluated task.",
       "Example: aurora thermos inspect hello.thermos", define_thermos_inspect},
      {"kill", "task_id1 [task_id2 ...]", "Kill task(s).",
       "Regular expressions may be used to match multiple tasks.\nExample: aurora thermos kill "
       "hello-20261129-201641.123456",
       define_thermos_kill},
      {"read", "[options] checkpoint_filename", "Replay a thermos checkpoint.",
       "Example: aurora thermos read --simple ~/.local/state/aurora/thermos/executor/tasks/ID/checkpoint",
       define_thermos_read},
      {"run", "[options] config", "Run a thermos task.", kRunFooter, define_thermos_run},
      {"simplerun", "[options] [--] commandline", "Run a simple command line as a thermos task.", kRunFooter,
       define_thermos_simplerun},
      {"status", "[options] [task_name(s) or task_regexp(s)]", "Get the status of task(s).",
       "Exit code 1: no tasks found.\nExample: aurora thermos status --verbosity 3 'www-.*'",
       define_thermos_status},
      {"tail", "[options] task_name [process_name]", "Tail the logs of a task process.",
       "Shows the last ten lines of the latest run, and while it goes on, what follows.\nExample: aurora "
       "thermos tail --stderr ID web",
       define_thermos_tail},
  };
  return verbs;
}

ThermosCall define_thermos_help(CLI::App& app) {
  auto words = std::make_shared<std::vector<std::string>>();
  app.add_option("command", *words, "The command")->option_text(" ");
  return [words](Thermos& thermos) { return help(thermos, *words); };
}

int fail_usage(const Thermos& thermos, const std::string& problem) {
  thermos.console.print_error(usage_of(thermos.verb) + "\n" + title_of(thermos.verb) + ": error: " + problem);
  return 2;
}

void warn_of_unreadable(const Thermos& thermos, const executor::LocalTasks& found) {
  if (found.unreadable.empty()) return;
  thermos.console.log(client::Severity::Warning,
                      os::current_user().name + " may not read " + unreadable_text(found.unreadable) +
                          ": tasks there are not shown; their owner, or root, can");
}

Result<TaskPatterns> TaskPatterns::parse(std::vector<std::string> expressions) {
  constexpr size_t kLongest = 1000;
  for (const std::string& expression : expressions) {
    try {
      if (expression.size() > kLongest) throw std::regex_error(std::regex_constants::error_space);
      std::regex{expression};
    } catch (const std::regex_error&) {
      return Error{ErrorCode::InvalidArgument, "'" + expression + "' is no regular expression"};
    }
  }
  TaskPatterns patterns;
  patterns.expressions_ = std::move(expressions);
  return patterns;
}

bool TaskPatterns::matches(const std::string& task_id) const {
  return std::any_of(expressions_.begin(), expressions_.end(), [&](const std::string& expression) {
    try {
      return std::regex_search(task_id, std::regex(expression), std::regex_constants::match_continuous);
    } catch (const std::regex_error&) {  // too complex for this text
      return false;
    }
  });
}

std::string asctime_text(Instant at) {
  const time_t secs = static_cast<time_t>(at.ms / 1000);
  tm local{};
  localtime_r(&secs, &local);
  char text[64];
  std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &local);
  return text;
}

std::vector<std::string> complete_thermos(const std::vector<std::string>& words, const std::string& last) {
  const Split typed = split({words.begin() + 1, words.end()});
  if (typed.verb == nullptr) return typed.name.empty() ? thermos_verb_names() : std::vector<std::string>{};
  CommonWords common;
  ThermosCall call;
  const auto app = make_app(*typed.verb, common, call);
  if (last.starts_with('-')) {
    std::vector<std::string> names = long_names(*app);
    for (std::string& name : names) name = "--" + name;
    return names;
  }
  if (typed.name == "help") return thermos_verb_names();
  std::vector<std::string> ids;
  if (typed.name != "status" && typed.name != "tail" && typed.name != "kill" && typed.name != "gc")
    return ids;
  for (size_t i = 0; i + 1 < typed.words.size(); ++i) {
    if (typed.words[i] == "--root") common.roots.push_back(typed.words[i + 1]);
  }
  const std::string root = common.roots.empty() ? default_root() : absolute_folder(common.roots.back());
  for (const executor::LocalTask& task : executor::find_local_tasks(searched_roots(root, common)).tasks) {
    const bool is_meant = typed.name == "kill" ? task.is_active()
                          : typed.name == "gc" ? !task.is_active()
                                               : true;
    if (is_meant) ids.push_back(task.task_id.value());
  }
  return ids;
}

int thermos_main(int argc, char** argv) {
  const Split typed = split({argv + 1, argv + argc});
  if (typed.verb != nullptr) return run_verb(*typed.verb, typed.words);
  if (!typed.name.empty()) {
    std::cerr << "unknown command: " << typed.name << "\n";
    const std::vector<std::string> near = client::nearest(typed.name, thermos_verb_names());
    std::cerr << (near.empty() ? "`aurora thermos help` lists all" : "did you mean " + near.front() + "?")
              << "\n";
    return 2;
  }
  const auto asks_help = [](const std::string& word) {
    return word == "-h" || word == "--help" || word == "--long-help";
  };
  const bool is_asked = std::any_of(typed.words.begin(), typed.words.end(), asks_help);
  (is_asked ? std::cout : std::cerr) << overview_of_thermos();
  return is_asked ? 0 : 2;
}

}  // namespace aurora
