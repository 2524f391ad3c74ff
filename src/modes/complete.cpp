// `aurora __complete WORD...`: what the last word, which is being typed, may be. One candidate a line; with --described
// first, a tab and what it means behind it. `:files [ENDING]` and `:folders`: the shell knows these itself. Silent whatever
// goes wrong, and never slow: somebody waits with a finger on the key (spec/client.md §10).
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <sstream>

#include "aurora/base/printable.h"
#include "aurora/client/completion.h"
#include "modes/devcluster.h"
#include "modes/executor_options.h"
#include "modes/help_format.h"
#include "modes/mode.h"
#include "modes/option_words.h"
#include "modes/scheduler_options.h"
#include "modes/thermos_verbs.h"
#include "modes/verb_options.h"
#include "modes/word_kinds.h"

namespace aurora {
namespace {

using Words = std::vector<std::string>;

bool is_option(const std::string& word) { return word.starts_with('-'); }

// Whatever hangs - a name server, a folder on a host that is gone - ends with what was found so far, nothing.
void end_within_patience() {
  std::signal(SIGALRM, [](int) { _exit(0); });
  const itimerval once{{0, 0}, {0, static_cast<suseconds_t>(client::kCompletionPatience.ms * 1000)}};
  setitimer(ITIMER_REAL, &once, nullptr);
}

class Answer {
 public:
  // `begin`: of the word that is being typed.
  Answer(std::string begin, bool is_described) : begin_(std::move(begin)), is_described_(is_described) {}
  const std::string& begin() const { return begin_; }
  bool empty() const { return found_.empty(); }

  void add(const std::string& word, const std::string& text = "") {
    if (word.starts_with(begin_)) found_.emplace(word, text);
  }
  void add_all(const Words& words, const std::string& start = "") {
    for (const std::string& word : words) add(start + word);
  }
  void leave_to_shell(const std::string& directive) { directive_ = directive; }

  void print(std::ostream& out) const {
    if (!directive_.empty()) out << directive_ << "\n";
    for (const auto& [word, text] : found_) {
      out << printable_line(word);
      if (is_described_ && !text.empty()) out << "\t" << printable_line(text);
      out << "\n";
    }
  }

 private:
  std::string begin_;
  bool is_described_;
  std::string directive_;
  std::map<std::string, std::string> found_;
};

// bash takes `--option=value` and `host:port` apart.
Words join_pieces(const Words& words) {
  Words joined;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool is_sign = words[i] == "=" || words[i] == ":";
    const bool is_last = i + 1 == words.size();
    if (!is_sign || joined.empty()) {
      joined.push_back(words[i]);
    } else if (words[i] == "=" && joined.back().starts_with("--")) {
      if (is_last) joined.emplace_back();  // the value begins
    } else {
      joined.back() += words[i];
      if (!is_last) joined.back() += words[++i];
    }
  }
  return joined;
}

// The place of the word that is being typed among those of its verb.
struct Place {
  Words arguments;  // before it
  bool are_options_over = false;
  const CLI::Option* option = nullptr;  // it is this one's value
  std::string cluster;                  // the one that is named, if any
  std::string job;                      // the same
};

const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
  if (!word.starts_with("--")) return app.get_option_no_throw(word.substr(0, 2));
  const auto expanded = expand_options({word.substr(0, word.find('='))}, long_names(app));
  return expanded.ok() ? app.get_option_no_throw(expanded->front()) : nullptr;
}

// What is glued to the option: "RUNNING" of --wait-until=RUNNING, "x" of -mx.
std::optional<std::string> glued_value(const std::string& word) {
  const size_t begin = word.starts_with("--") ? word.find('=') : 1;
  if (begin == std::string::npos || begin + 1 >= word.size()) return std::nullopt;
  return word.substr(begin + 1);
}

Place find_place(const CLI::App& app, const Words& before) {
  Place place;
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string& word = before[i];
    if (place.are_options_over || !word.starts_with('-') || word == "-") {
      place.arguments.push_back(word);
      continue;
    }
    place.are_options_over = word == "--";
    const CLI::Option* option = find_option(app, word);
    if (option == nullptr || !takes_value(*option)) continue;
    std::optional<std::string> value = glued_value(word);
    if (!value && i + 1 < before.size()) value = before[++i];
    else if (!value) place.option = option;
    if (value && option->check_lname("cluster")) place.cluster = *value;
  }
  return place;
}

// The verb's words, lined up with the arguments that are there: of "[list|kill] CLUSTER" the first may be left out.
std::vector<Word> line_up(const ClientVerb& verb, const Words& arguments, const std::string& begin) {
  std::vector<Word> words = usage_words(verb);
  const auto may_be = [&](const std::string& choice) {
    return arguments.empty() ? choice.starts_with(begin) : choice == arguments.front();
  };
  if (!words.empty() && words[0].kind == WordKind::Choice && words[0].is_optional && std::ranges::none_of(words[0].choices, may_be))
    words.erase(words.begin());
  while (!words.empty() && words.back().is_repeated && words.size() <= arguments.size()) words.push_back(words.back());
  words.resize(std::max(words.size(), arguments.size() + 1));
  return words;
}

std::optional<std::string> find_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Asks clusters.json and schedulers, and says nothing.
class LiveWords {
 public:
  client::Session& session() { return session_; }

 private:
  std::ostringstream nowhere_;
  client::Console console_{nowhere_, nowhere_, {}};
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client();
  SystemClock clock_;
  client::Session session_{client::Grammar::NounVerb, "completion", console_,
                           {*http_, clock_, find_variable, [](Duration) { return false; }, [] {}, [] { return std::string(); },
                            config::evaluate, config::call_hooks}};
};

// Of "h1,h2" the host behind the last comma is being typed.
Words find_hosts(client::Session& session, const std::string& cluster, const std::string& begin) {
  const std::string start = begin.substr(0, begin.rfind(',') + 1);
  Words hosts = client::complete_host(session, cluster, begin.substr(start.size()));
  for (std::string& host : hosts) host.insert(0, start);
  return hosts;
}

Words find_instances(client::Session& session, const std::string& job, const std::string& begin) {
  Words instances = client::complete_key(session, job + "/" + begin, client::KeyForm::WithInstances);
  for (std::string& instance : instances) instance.erase(0, job.size() + 1);
  return instances;
}

Words find_live_words(WordKind kind, const Place& place, const std::string& begin) {
  LiveWords live;
  client::Session& session = live.session();
  if (kind == WordKind::Cluster) return client::complete_cluster(session);
  if (kind == WordKind::ClusterRole) return client::complete_key(session, begin, client::KeyForm::Role);
  if (kind == WordKind::Role) return client::complete_role(session, place.cluster, begin);
  if (kind == WordKind::Job) return client::complete_key(session, begin, client::KeyForm::Job);
  if (kind == WordKind::JobOrInstances) return client::complete_key(session, begin, client::KeyForm::WithInstances);
  if (kind == WordKind::Instances) return client::complete_key(session, begin, client::KeyForm::InstancesOnly);
  if (kind == WordKind::Instance) return find_instances(session, place.job, begin);
  if (kind == WordKind::Host) return client::complete_host(session, place.cluster, begin);
  if (kind == WordKind::Hosts) return find_hosts(session, place.cluster, begin);
  if (kind == WordKind::Update) return client::complete_update(session, place.job);
  if (kind == WordKind::Backup) return client::complete_backup(session, place.cluster);
  if (kind == WordKind::UnknownTask) return client::complete_unknown_task(session, place.cluster);
  return {};
}

// `start`: what stands before the word and belongs to it for the shell, "--hosts=".
void add_words(const Word& word, const Place& place, const std::string& start, Answer& answer) {
  if (word.kind == WordKind::Free) return;
  if (word.kind == WordKind::Choice) return answer.add_all(word.choices, start);
  if (word.kind == WordKind::JobFile) return answer.leave_to_shell(":files .aurora");
  if (word.kind == WordKind::File) return answer.leave_to_shell(":files");
  if (word.kind == WordKind::Folder) return answer.leave_to_shell(":folders");
  answer.add_all(find_live_words(word.kind, place, answer.begin().substr(start.size())), start);
}

void add_options(const CLI::App& app, Answer& answer) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) answer.add("--" + name, option->get_description());
  }
}

void complete_verb(const ClientVerb& verb, const Words& before, Answer& answer) {
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(verb, common, run);
  const std::string& begin = answer.begin();
  Place place = find_place(*app, before);
  const std::vector<Word> words = line_up(verb, place.arguments, begin);
  for (size_t i = 0; i < place.arguments.size(); ++i) {
    if (words[i].kind == WordKind::Cluster) place.cluster = place.arguments[i];
    if (words[i].kind != WordKind::Job) continue;
    place.job = place.arguments[i];
    if (place.cluster.empty()) place.cluster = place.job.substr(0, place.job.find('/'));
  }
  if (place.option != nullptr) return add_words(option_word(*place.option), place, "", answer);
  if (place.are_options_over || !begin.starts_with('-')) return add_words(words[place.arguments.size()], place, "", answer);
  const size_t equals = begin.find('=');
  if (equals == std::string::npos) return add_options(*app, answer);
  if (const CLI::Option* option = find_option(*app, begin))
    add_words(option_word(*option), place, begin.substr(0, equals + 1), answer);
}

void add_verbs(const std::string& noun, Answer& answer) {
  for (const ClientVerb& verb : client_verbs()) {
    if (noun == verb.noun) answer.add(verb.name, verb.summary);
  }
}

void add_commands(Answer& answer) {
  for (const Mode* mode = modes(); mode->name != nullptr; ++mode) {
    if (mode->group != ModeGroup::Hidden) answer.add(mode->name, mode->summary);
  }
  add_verbs("", answer);
  for (const ClientNoun& noun : client_nouns()) answer.add(noun.name, noun.summary);
}

void add_pages(const Words& before, Answer& answer) {
  if (before.empty()) return add_commands(answer);
  if (before.size() > 1) return;
  add_verbs(before[0], answer);
  if (before[0] != "thermos") return;
  for (const ThermosVerb& verb : thermos_verbs()) answer.add(verb.name, verb.summary);
}

void add_daemon_flags(Words flags, Answer& answer) {
  if (answer.begin().starts_with("--") && answer.begin().find('=') == std::string::npos) return answer.add_all(flags, "--");
  answer.leave_to_shell(":files");  // most values are paths, and a shell's own
}

// Of Thermos' verbs: those whose arguments are no files.
bool names_tasks(const Words& words) {
  return std::ranges::any_of(words, [](const std::string& word) {
    return word == "kill" || word == "status" || word == "tail" || word == "gc" || word == "help";
  });
}

void complete_mode(const std::string& mode, const Words& before, Answer& answer) {
  if (mode == "scheduler") return add_daemon_flags(scheduler_flags(), answer);
  if (mode == "executor") return add_daemon_flags(executor_flags(), answer);
  if (mode == "devcluster") return add_daemon_flags(devcluster_flags(), answer);
  if (mode == "python") return answer.leave_to_shell(":files .py");
  if (mode == "completion" && before.empty()) return answer.add_all({"bash", "zsh", "fish"});
  if (mode == "man" && !before.empty() && before.back() == "--install") return answer.leave_to_shell(":folders");
  if (mode == "man" && is_option(answer.begin())) return answer.add("--install");
  if (mode == "help" || mode == "man") return add_pages(before, answer);
  if (mode != "thermos") return;
  Words words{mode};
  words.insert(words.end(), before.begin(), before.end());
  answer.add_all(complete_thermos(words, answer.begin()));
  if (answer.empty() && !before.empty() && !is_option(answer.begin()) && !names_tasks(before)) answer.leave_to_shell(":files");
}

// `words`: before the one being typed.
void complete(Words words, Answer& answer) {
  words.erase(words.begin(), std::ranges::find_if_not(words, is_option));  // -v, -q
  if (words.empty()) return add_commands(answer);
  const std::string command = words.front();
  words.erase(words.begin());
  for (const Mode* mode = modes(); mode->name != nullptr; ++mode) {
    if (command == mode->name) return complete_mode(command, words, answer);
  }
  const auto second = std::ranges::find_if_not(words, is_option);
  const ClientVerb* classic = find_verb("", command);
  if (second == words.end()) {
    add_verbs(command, answer);
    if (classic != nullptr) complete_verb(*classic, words, answer);
    return;
  }
  const ClientVerb* verb = find_verb(command, *second);
  if (verb != nullptr) words.erase(second);
  if (verb == nullptr) verb = classic;
  if (verb != nullptr) complete_verb(*verb, words, answer);
}

}  // namespace

int complete_main(int argc, char** argv) {
  end_within_patience();
  Words words(argv + 1, argv + argc);
  const bool is_described = !words.empty() && words.front() == "--described";
  if (is_described) words.erase(words.begin());
  words = join_pieces(words);
  if (words.empty()) words.emplace_back();
  Answer answer(words.back(), is_described);
  words.pop_back();
  complete(std::move(words), answer);
  answer.print(std::cout);
  return 0;
}

}  // namespace aurora
