// What the tables of verbs promise: examples that parse, words that completion knows.
#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "aurora/base/split.h"
#include "modes/executor_options.h"
#include "modes/mode.h"
#include "modes/option_words.h"
#include "modes/help_format.h"
#include "modes/scheduler_options.h"
#include "modes/thermos_verbs.h"
#include "modes/word_kinds.h"

using namespace aurora;
using Words = std::vector<std::string>;

namespace {

// As a shell takes an example apart; quotes are single ones.
Words shell_words(const std::string& text) {
  Words words{""};
  bool is_quoted = false;
  for (const char c : text) {
    if (c == '\'') is_quoted = !is_quoted;
    else if (c == ' ' && !is_quoted) words.emplace_back();
    else words.back() += c;
  }
  return words;
}

std::string command_of(const ClientVerb& verb) {
  return std::string("aurora ") + (*verb.noun == '\0' ? "" : std::string(verb.noun) + " ") + verb.name;
}

void parse_example(CLI::App& app, const std::string& example, size_t words_of_command) {
  CAPTURE(example);
  Words words = shell_words(example);
  words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(words_of_command));
  auto expanded = expand_options(words, long_names(app));
  REQUIRE(expanded.ok());
  std::reverse(expanded->begin(), expanded->end());
  CHECK_NOTHROW(app.parse(std::move(*expanded)));
}

// "Example: aurora ...", a line each.
Words examples_in(const std::string& text) {
  Words examples;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("Example: ")) examples.push_back(line.substr(9));
  }
  return examples;
}

}  // namespace

TEST_CASE("every verb has an example, which its parser takes") {
  for (const ClientVerb& verb : client_verbs()) {
    const std::string command = command_of(verb);
    CAPTURE(command);
    CommonOptions common;
    VerbRun run;
    const auto app = make_verb_app(verb, common, run);
    CHECK(std::string(verb.example).starts_with(command + " "));
    parse_example(*app, verb.example, split(command, ' ').size());
  }
}

TEST_CASE("every thermos command has an example, which its parser takes") {
  for (const ThermosVerb& verb : thermos_verbs()) {
    const std::string command = std::string("aurora thermos ") + verb.name;
    CAPTURE(command);
    size_t count = 0;
    for (const std::string& example : examples_in(verb.footer)) {
      if (!example.starts_with(command + " ")) continue;
      ++count;
      CLI::App app;
      const ThermosCall call = verb.define(app);
      parse_example(app, example, 3);
    }
    CHECK(count > 0);
  }
}

// An unknown word would be completed by nothing, without anybody noticing.
TEST_CASE("every word of a usage line is one that completion knows") {
  for (const ClientVerb& verb : client_verbs()) {
    for (const std::string& text : split(verb.arguments, ' ')) {
      CAPTURE(command_of(verb), text);
      Word word;
      if (!text.starts_with("-")) CHECK(parse_word(text, word));
    }
  }
}

TEST_CASE("every word behind an option is one that completion knows") {
  for (const ClientVerb& verb : client_verbs()) {
    CommonOptions common;
    VerbRun run;
    const auto app = make_verb_app(verb, common, run);
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional() || !takes_value(*option)) continue;
      const std::string text = option->get_option_text();
      CAPTURE(command_of(verb), option->get_name(), text);
      Word word;
      CHECK((parse_word(text.substr(0, text.find(' ')), word) || option_word(*option).kind == WordKind::Choice));
    }
  }
}

TEST_CASE("words of usage lines say what may stand there") {
  const auto kind = [](const char* text) {
    Word word;
    CHECK(parse_word(text, word));
    return word.kind;
  };
  CHECK(kind("KEY") == WordKind::Job);
  CHECK(kind("KEY[/INSTANCES]") == WordKind::JobOrInstances);
  CHECK(kind("KEY/INSTANCES") == WordKind::Instances);
  CHECK(kind("cluster[/role[/env[/job]]]") == WordKind::Job);
  CHECK(kind("N") == WordKind::Free);
  Word word;
  CHECK_FALSE(parse_word("NONSENSE", word));
  CHECK(parse_word("[TASK_ID...]", word));
  CHECK((word.kind == WordKind::UnknownTask && word.is_optional && word.is_repeated));
  CHECK(parse_word("[ROLE", word));  // of "[ROLE [JOB]]"
  CHECK((word.kind == WordKind::Role && word.is_optional));
  CHECK(parse_word("[JOB]]", word));
  CHECK(parse_word("[list|kill|adopt]", word));
  CHECK((word.choices == Words{"list", "kill", "adopt"} && word.is_optional));
  CHECK(parse_word("STATE", word));
  CHECK(word.choices == Words{"PENDING", "RUNNING", "FINISHED"});
}

TEST_CASE("a verb's arguments and options say what they take") {
  const ClientVerb* verb = find_verb("job", "create");
  REQUIRE(verb != nullptr);
  const std::vector<Word> words = usage_words(*verb);
  REQUIRE(words.size() == 2);
  CHECK(words[0].kind == WordKind::Job);
  CHECK(words[1].kind == WordKind::JobFile);
  const ClientVerb* reconcile = find_verb("admin", "reconcile_tasks");
  REQUIRE(reconcile != nullptr);
  CommonOptions common;
  VerbRun run;
  const auto app = make_verb_app(*reconcile, common, run);
  CHECK(option_word(*app->get_option("--type")).choices == Words{"explicit", "implicit"});
  CHECK(option_word(*app->get_option("--secret-file")).kind == WordKind::File);
}
