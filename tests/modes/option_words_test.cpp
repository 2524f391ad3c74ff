#include "modes/option_words.h"

#include <catch2/catch.hpp>

using namespace aurora;
using Words = std::vector<std::string>;

TEST_CASE("prefixes and underscores name the same option") {
  const Words known = {"wait-until", "max-total-failures", "max-per-shard-failures", "read-json"};
  const auto expand = [&](const Words& words) { return expand_options(words, known); };
  CHECK(*expand({"--wait_until=RUNNING"}) == Words{"--wait-until=RUNNING"});
  CHECK(*expand({"--wait", "RUNNING", "--max-t", "3"}) == Words{"--wait-until", "RUNNING", "--max-total-failures", "3"});
  CHECK(*expand({"--read-json", "-j", "x_y"}) == Words{"--read-json", "-j", "x_y"});
  CHECK(*expand({"--", "--wait"}) == Words{"--", "--wait"});
  // Both spellings of one option are one.
  CHECK(*expand_options({"--secret", "f"}, {"secret-file", "secret_file"}) == Words{"--secret-file", "f"});
  CHECK(expand({"--max"}).error().message ==
        "ambiguous option: --max could match --max-total-failures, --max-per-shard-failures");
}

TEST_CASE("an unknown option is refused with the one that was meant") {
  const Words known = {"wait-until", "watch-secs", "cluster_name"};
  CHECK(expand_options({"--wait_untill", "RUNNING"}, known).error().message ==
        "unknown option --wait_untill; did you mean --wait-until?");
  CHECK(expand_options({"--colour=red"}, known).error().message == "unknown option --colour");
  CHECK(unknown_option("cluster-nam", known) == "unknown option --cluster-nam; did you mean --cluster_name?");
}

namespace {

bool takes_value(const std::string& option) {
  return option == "--user" || option == "-L" || option == "--threads" || option == "-t" || option == "--ssh-options";
}

}  // namespace

TEST_CASE("a command begins behind the last word that is the verb's own") {
  const Words known = {"user", "threads", "verbose", "executor-sandbox"};
  const auto own = [&](const Words& words, size_t arguments) { return words_until(words, arguments, known, takes_value); };
  CHECK(own({"key", "0", "ls", "-l"}, 2) == 2);
  CHECK(own({"-v", "key", "0", "--user", "x"}, 2) == 3);
  CHECK(own({"--user", "me", "key", "0", "ls"}, 2) == 4);
  CHECK(own({"--user=me", "key", "0", "ls"}, 2) == 3);
  CHECK(own({"--us", "me", "-L", "80:http", "-L81:x", "-vL", "82:y", "key", "0", "ls"}, 2) == 9);
  CHECK(own({"--executor_sandbox", "key", "-t", "3"}, 1) == 2);
  CHECK(own({"-t3", "key", "-t", "3"}, 1) == 2);
  CHECK(own({"--", "-key", "0", "--", "ls"}, 2) == 3);
  CHECK(own({"key"}, 2) == 1);
  CHECK(own({"-", "0", "ls"}, 2) == 2);
  CHECK(own({}, 1) == 0);
}

TEST_CASE("a word in brackets is one word") {
  const Words words = guard_brackets({"[a,b]", "[", "[]", "x[1]", "--", "[c]"});
  CHECK(words[0] != "[a,b]");
  CHECK(words[5] == "[c]");
  Words back;
  for (const std::string& word : words) back.push_back(as_given(word));
  CHECK(back == Words{"[a,b]", "[", "[]", "x[1]", "--", "[c]"});
}

TEST_CASE("a value may begin with a dash when there is a blank in it") {
  const auto join = [](const Words& words) { return join_values(words, takes_value); };
  CHECK(join({"--ssh-options", "-v -k", "key"}) == Words{"--ssh-options=-v -k", "key"});
  CHECK(join({"--ssh-options", "-v", "key"}) == Words{"--ssh-options", "-v", "key"});
  CHECK(join({"--ssh-options", "me you", "key"}) == Words{"--ssh-options", "me you", "key"});
  CHECK(join({"--ssh-options=x", "-v -k"}) == Words{"--ssh-options=x", "-v -k"});
  CHECK(join({"--verbose", "-v -k"}) == Words{"--verbose", "-v -k"});
  CHECK(join({"--", "--ssh-options", "-v -k"}) == Words{"--", "--ssh-options", "-v -k"});
  CHECK(join({"--ssh-options"}) == Words{"--ssh-options"});
}
