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
#include "aurora/client/nearest.h"
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

client::Grammar grammar_of(const ClientVerb& verb) {
  const std::string_view noun = verb.noun;
  return noun.empty() ? client::Grammar::Classic : noun == "admin" ? client::Grammar::Admin : client::Grammar::NounVerb;
}

constexpr char kTooFew[] = "too few arguments";

int report_bad_option(const ClientVerb& verb, const CLI::App& app, const std::string& reason) {
  std::cerr << "usage: " << app.get_name() << " [options] " << verb.arguments << "\n"
            << app.get_name() << ": error: " << reason;
  if (!reason.ends_with('?')) std::cerr << "; `" << app.get_name() << " --help` shows all options";
  std::cerr << "\n";
  return 2;
}

// Classic verbs that missed the job rather than a number of arguments.
bool takes_live_job(std::string_view verb) {
  constexpr std::string_view kVerbs[] = {"status", "kill", "killall", "restart", "start_cron", "cancel_update"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), verb) != std::end(kVerbs);
}

// A wrong number of arguments and the like. Classic and admin verbs log it, as the original did.
int report_count(const ClientVerb& verb, const CLI::App& app, const std::string& reason) {
  const client::Grammar grammar = grammar_of(verb);
  if (grammar == client::Grammar::NounVerb) return report_bad_option(verb, app, reason);
  if (grammar == client::Grammar::Classic && reason == kTooFew && takes_live_job(verb.name)) {
    std::cerr << "FATAL] job path is required\n";
    return 1;
  }
  std::cerr << "FATAL] usage: " << verb.name << " " << verb.arguments
            << "\n\nsee the help subcommand for more details.\n";
  return 1;
}

int report_parse_error(const ClientVerb& verb, const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return report_count(verb, app, kTooFew);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr)
    return report_bad_option(verb, app, error.what());
  const std::vector<std::string> left = app.remaining();
  const auto option =
      std::find_if(left.begin(), left.end(), [](const auto& word) { return word.starts_with('-'); });
  if (option != left.end()) return report_bad_option(verb, app, "unknown option " + *option);
  return report_count(verb, app, "too many arguments: " + as_given(left.back()));
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

bool takes_value(const CLI::App& app, const std::string& name) {
  const CLI::Option* option = app.get_option_no_throw(name);
  return option != nullptr && option->get_items_expected_max() > 0;
}

// `--name=` has an empty value, which the parser would look for in the next word.
std::vector<std::string> with_empty_values(const std::vector<std::string>& words, const CLI::App& app) {
  std::vector<std::string> result;
  bool is_over = false;
  for (const std::string& word : words) {
    is_over = is_over || word == "--";
    const std::string name = word.substr(0, word.find('='));
    const bool has_empty_value = !is_over && word.starts_with("--") && word.ends_with("=") && takes_value(app, name);
    result.push_back(has_empty_value ? name : word);
    if (has_empty_value) result.emplace_back();
  }
  return result;
}

// The words with whole names of options; a command at the end, which belongs to somebody else, as it is.
Result<std::vector<std::string>> prepare_words(const ClientVerb& verb, const std::vector<std::string>& words, const CLI::App& app) {
  const auto has_value = [&](const std::string& name) { return takes_value(app, name); };
  const std::vector<std::string> known = long_names(app);
  const size_t before = verb.words_before_command;
  const size_t own = before == 0 ? words.size() : words_until(words, before, known, has_value);
  const auto end = words.begin() + static_cast<ptrdiff_t>(own);
  const std::vector<std::string> expanded = TRY(expand_options({words.begin(), end}, known));
  std::vector<std::string> prepared = join_values(with_empty_values(expanded, app), has_value);
  const bool has_mark = std::find(words.begin(), end, "--") != end;
  if (end != words.end() && !has_mark) prepared.emplace_back("--");
  prepared.insert(prepared.end(), end, words.end());
  return prepared;
}

// The verb's words in, its exit code out.
int run_verb(const ClientVerb& verb, const std::vector<std::string>& words) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  auto prepared = prepare_words(verb, words, *app);
  if (!prepared.ok()) return report_bad_option(verb, *app, prepared.error().message);
  for (CLI::Option* option : app->get_options({})) option->transform(as_given);
  try {
    std::vector<std::string> reversed = guard_brackets(std::move(*prepared));
    std::reverse(reversed.begin(), reversed.end());  // as CLI11 wants it
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
  console.log(client::Severity::Debug, "Command=(" + python_list(app->get_name(), words) + ")");
  const std::string name = (*verb.noun == '\0' ? "" : std::string(verb.noun) + " ") + verb.name;
  client::Session session(grammar_of(verb), name, console, real_world(*http, clock));
  const auto timeout = client::parse_duration(common.timeout);
  if (!timeout.ok()) return session.fail_option(timeout.error().message);
  session.set_timeout(*timeout);
  session.set_secret_file(common.secret_file);
  session.set_bypass_leader_redirect(common.bypasses_leader_redirect);
  if (!common.hooks_reason.empty()) {
    console.info("Client hooks disabled; reason given by user: " + common.hooks_reason);
  }
  catch_interrupts();
  return client::run_with_site_hooks(session, to_hooked_command(verb, *app, words, common), [&] { return run(session); });
}

bool is_verbosity(const std::string& word) {
  return word == "-v" || word == "--verbose" || word == "-q" || word == "--quiet";
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

// `update` is a classic verb with a key or an option behind it, and a noun with a verb behind it. A word that is neither
// is taken for a misspelt verb if a key follows, else for a job without its cluster, role and environment.
bool is_classic_update(const std::vector<std::string>& words) {
  const auto first = std::find_if_not(words.begin() + 1, words.end(), is_verbosity);
  const auto plain = std::find_if_not(first, words.end(), [](const auto& word) { return word.starts_with('-'); });
  if (first == words.end() || is_help(*first)) return false;
  if (plain != words.end() && find_verb("update", *plain) != nullptr) return false;
  if (first->starts_with('-') || first->find('/') != std::string::npos) return true;
  const auto is_key = [](const std::string& word) { return std::count(word.begin(), word.end(), '/') >= 3; };
  const bool has_neighbour = !client::nearest(*first, verb_names("update")).empty();
  return !has_neighbour && first + 1 != words.end() && std::none_of(first + 1, words.end(), is_key);
}

bool is_noun(const std::string& word) {
  const auto& nouns = client_nouns();
  return std::any_of(nouns.begin(), nouns.end(), [&](const ClientNoun& noun) { return word == noun.name; });
}

int refuse_noun(const std::string& noun, const std::string& reason) {
  if (noun != "admin") {
    std::cerr << noun_help(noun) << "aurora " << noun << ": error: " << reason << "\n";
    return 2;
  }
  std::string names;
  for (const std::string& name : verb_names(noun)) names += (names.empty() ? "" : ", ") + name;
  std::cerr << "Must supply one of the following commands: " << names << "\n" << (reason == kTooFew ? "" : reason + "\n");
  return 1;
}

int run_noun(const std::string& noun, std::vector<std::string> words) {
  // -v and -q are accepted anywhere: before the verb they belong to it.
  const auto verb_at = std::find_if(words.begin() + 1, words.end(), [](const auto& word) { return !word.starts_with('-'); });
  if (verb_at == words.end()) {
    if (std::none_of(words.begin(), words.end(), is_help)) return refuse_noun(noun, kTooFew);
    if (const ClientVerb* classic = find_verb("", noun)) std::cout << verb_help(*classic) << "\n";
    std::cout << noun_help(noun);
    return 0;
  }
  const std::string name = *verb_at;
  words.erase(verb_at);
  words.erase(words.begin());
  if (const ClientVerb* verb = find_verb(noun, name)) return run_verb(*verb, words);
  if (noun == "admin" && name == "help") return show_admin_help(words);
  return refuse_noun(noun, unknown_word(name, verb_names(noun)));
}

// 0.7's name of the noun, and of one of its verbs.
void translate_old_words(std::vector<std::string>& words) {
  if (words[0] != "beta-update") return;
  words[0] = "update";
  const auto verb = std::find_if_not(words.begin() + 1, words.end(), is_verbosity);
  if (verb != words.end() && *verb == "status") *verb = "info";
}

}  // namespace

int client_main(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  const bool is_beta = words[0] == "beta-update";
  translate_old_words(words);
  const std::string name = words[0];
  const bool is_classic = name == "update" && !is_beta && is_classic_update(words);
  if (is_noun(name) && !is_classic) return run_noun(name, std::move(words));
  const ClientVerb* verb = find_verb("", name);
  if (verb == nullptr) return 2;  // main() sends known words only
  words.erase(words.begin());
  return run_verb(*verb, words);
}

}  // namespace aurora
