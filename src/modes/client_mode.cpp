// The command line: finds the verb, parses its options, and runs it against the world.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <iostream>

#include "aurora/base/rng.h"
#include "aurora/client/site_hooks.h"
#include "aurora/os/time_zones.h"
#include "modes/console_setup.h"
#include "modes/help.h"
#include "modes/help_format.h"
#include "modes/mode.h"
#include "modes/option_words.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

volatile std::sig_atomic_t interrupts_are_held = 0;
volatile std::sig_atomic_t is_interrupted = 0;
std::atomic<const char*> parting_words = nullptr;  // read by the signal's handler

// ^C ends the process at once, unless a verb wants to tidy up; the second one always does.
void on_interrupt(int) {
  if (interrupts_are_held != 0 && is_interrupted == 0) {
    is_interrupted = 1;
    return;
  }
  constexpr char kText[] = "\nERROR] Command interrupted by user\n";
  const char* more = parting_words.load();
  if (write(STDERR_FILENO, kText, sizeof kText - 1) > 0 && more != nullptr) {
    if (write(STDERR_FILENO, more, std::strlen(more)) < 0) _exit(130);
  }
  _exit(130);
}

// The text before stays: the handler may be reading it.
void set_parting_words(const std::string& words) {
  static std::deque<std::string> all;
  all.push_back(" WARN] " + words + "\n");
  parting_words = words.empty() ? nullptr : all.back().c_str();
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // without SA_RESTART: it wakes a pause
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

// In slices, so that an interrupt just before a slice is seen soon.
bool pause_for(Duration duration) {
  constexpr int64_t kSliceMs = 200;
  for (int64_t left = duration.ms; left > 0 && is_interrupted == 0; left -= kSliceMs) {
    const int64_t slice = std::min(left, kSliceMs);
    const timespec span{slice / 1000, slice % 1000 * 1'000'000};
    nanosleep(&span, nullptr);
  }
  return is_interrupted == 0;
}

std::optional<std::string> find_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

client::World real_world(net::HttpClient& http, Clock& clock) {
  return {http,
          clock,
          find_variable,
          pause_for,
          [] { interrupts_are_held = 1; },
          [] { return Rng::from_entropy().uuid(); },
          config::evaluate,
          config::call_hooks,
          set_parting_words,
          os::time_zones()};
}

int report_bad_option(const ClientVerb& verb, const CLI::App& app, const std::string& reason) {
  std::cerr << "usage: " << app.get_name() << " [options] " << verb.arguments << "\n"
            << app.get_name() << ": error: " << reason;
  if (!reason.ends_with('?')) std::cerr << "; `" << app.get_name() << " --help` shows all options";
  std::cerr << "\n";
  return 2;
}

// A wrong number of arguments and the like. Classic verbs log it, as the original did.
int report_count(const ClientVerb& verb, const CLI::App& app, const std::string& reason) {
  if (*verb.noun != '\0') return report_bad_option(verb, app, reason);
  std::cerr << "FATAL] usage: " << verb.name << " " << verb.arguments
            << "\n\nsee the help subcommand for more details.\n";
  return 1;
}

int report_parse_error(const ClientVerb& verb, const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return report_count(verb, app, "too few arguments");
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr)
    return report_bad_option(verb, app, error.what());
  const std::vector<std::string> left = app.remaining();
  const auto option =
      std::find_if(left.begin(), left.end(), [](const auto& word) { return word.starts_with('-'); });
  if (option != left.end()) return report_bad_option(verb, app, "unknown option " + *option);
  return report_count(verb, app, "too many arguments: " + left.back());
}

// ['aurora create', '-v', ...]: as the original logged it.
std::string python_list(const std::string& name, const std::vector<std::string>& words) {
  std::string text = "['" + name + "'";
  for (const std::string& word : words) text += ", '" + word + "'";
  return text + "]";
}

// A command as its hooks see it: what was given on the command line, options by their long names.
client::HookedCommand to_hooked_command(const ClientVerb& verb, const CLI::App& app, const std::vector<std::string>& words,
                                        const CommonOptions& common) {
  client::HookedCommand command{verb.noun, verb.name, words, {}, {}, common.skipped_hooks, common.hooks_reason.empty()};
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0) continue;
    const std::vector<std::string> values = option->results();
    std::string name = option->get_single_name();
    std::replace(name.begin(), name.end(), '-', '_');
    command.options[name] = values;
    if (option->get_positional()) command.arguments.insert(command.arguments.end(), values.begin(), values.end());
  }
  return command;
}

// All but a command at the end, which belongs to somebody else.
Result<std::vector<std::string>> expand_own_words(const ClientVerb& verb, const std::vector<std::string>& words,
                                                  const std::vector<std::string>& known, const TakesValue& takes_value) {
  const size_t before = verb.words_before_command;
  const size_t own = before == 0 ? words.size() : words_until(words, before, known, takes_value);
  const auto end = words.begin() + static_cast<ptrdiff_t>(own);
  std::vector<std::string> expanded = join_values(TRY(expand_options({words.begin(), end}, known)), takes_value);
  const bool has_mark = std::find(words.begin(), end, "--") != end;
  if (end != words.end() && !has_mark) expanded.emplace_back("--");
  expanded.insert(expanded.end(), end, words.end());
  return expanded;
}

// The verb's words in, its exit code out.
int run_verb(const ClientVerb& verb, const std::vector<std::string>& words) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  const auto takes_value = [&](const std::string& name) {
    const CLI::Option* option = app->get_option_no_throw(name);
    return option != nullptr && option->get_items_expected_max() > 0;
  };
  auto expanded = expand_own_words(verb, words, long_names(*app), takes_value);
  if (!expanded.ok()) return report_bad_option(verb, *app, expanded.error().message);
  try {
    std::vector<std::string> reversed(expanded->rbegin(), expanded->rend());  // as CLI11 wants it
    app->parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    std::cout << verb_help(verb);
    return 0;
  } catch (const CLI::ParseError& error) {
    return report_parse_error(verb, *app, error);
  }
  const std::vector<std::string> left = app->remaining();
  if (!left.empty() && left.front() != "--") return report_bad_option(verb, *app, "unknown option " + left.front());
  client::Console console(std::cout, std::cerr, console_config(common.is_quiet, common.is_verbose));
  const auto http = net::make_http_client();
  SystemClock clock;
  const bool is_classic = *verb.noun == '\0';
  console.log(client::Severity::Debug, "Command=(" + python_list(app->get_name(), words) + ")");
  client::Session session(is_classic ? client::Grammar::Classic : client::Grammar::NounVerb,
                          is_classic ? verb.name : std::string(verb.noun) + " " + verb.name, console, real_world(*http, clock));
  const auto timeout = client::parse_duration(common.timeout);
  if (!timeout.ok()) return session.fail_option(timeout.error().message);
  session.set_timeout(*timeout);
  session.set_secret_file(common.secret_file);
  if (!common.hooks_reason.empty()) {
    console.info("Client hooks disabled; reason given by user: " + common.hooks_reason);
  }
  catch_interrupts();
  return client::run_with_site_hooks(session, to_hooked_command(verb, *app, words, common), [&] { return run(session); });
}

// The second word that is no option, empty if there is none.
std::string second_word(const std::vector<std::string>& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (!words[i].starts_with('-')) return words[i];
  }
  return "";
}

bool is_noun(const std::string& word) {
  const auto& nouns = client_nouns();
  return std::any_of(nouns.begin(), nouns.end(), [&](const ClientNoun& noun) { return word == noun.name; });
}

int run_noun(const std::string& noun, std::vector<std::string> words) {
  // -v and -q are accepted anywhere: before the verb they belong to it.
  const auto verb_at = std::find_if(words.begin() + 1, words.end(), [](const auto& word) { return !word.starts_with('-'); });
  if (verb_at == words.end()) {
    const bool asks_help = std::any_of(words.begin(), words.end(), [](const auto& w) { return w == "-h" || w == "--help"; });
    (asks_help ? std::cout : std::cerr) << noun_help(noun);
    if (!asks_help) std::cerr << "aurora " << noun << ": error: too few arguments\n";
    return asks_help ? 0 : 2;
  }
  const std::string name = *verb_at;
  words.erase(verb_at);
  words.erase(words.begin());
  if (const ClientVerb* verb = find_verb(noun, name)) return run_verb(*verb, words);
  std::cerr << noun_help(noun) << "aurora " << noun << ": error: " << unknown_word(name, verb_names(noun)) << "\n";
  return 2;
}

// Old names of the nouns and verbs.
void translate_old_words(std::vector<std::string>& words) {
  if (words[0] != "beta-update") return;
  words[0] = "update";
  for (std::string& word : words) {
    if (word == "status") word = "info";
  }
}

}  // namespace

int client_main(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  translate_old_words(words);
  const std::string name = words[0];
  const bool is_classic_update = name == "update" && second_word(words).find('/') != std::string::npos;
  if (is_noun(name) && !is_classic_update) return run_noun(name, std::move(words));
  const ClientVerb* verb = find_verb("", name);
  if (verb == nullptr) return 2;  // main() sends known words only
  words.erase(words.begin());
  return run_verb(*verb, words);
}

}  // namespace aurora
