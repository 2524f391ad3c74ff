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

TEST_CASE("a misspelt word finds its neighbours") {
  const Words known = {"create", "update", "status", "kill", "killall", "help"};
  CHECK(nearest("creat", known) == Words{"create"});
  CHECK(nearest("kil", known) == Words{"kill", "killall"});
  CHECK(nearest("xyzzy", known).empty());
}
