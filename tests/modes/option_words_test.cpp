#include "modes/option_words.h"

#include <catch2/catch.hpp>

using namespace aurora;
using Words = std::vector<std::string>;

TEST_CASE("prefixes and underscores name the same option") {
  const Words known = {"wait-until", "max-total-failures", "max-per-shard-failures", "read-json"};
  const auto expand = [&](const Words& words) { return expand_options(words, known); };
  CHECK(*expand({"--wait_until=RUNNING"}) == Words{"--wait-until=RUNNING"});
  CHECK(*expand({"--wait", "RUNNING", "--max-t", "3"}) == Words{"--wait-until", "RUNNING", "--max-total-failures", "3"});
  CHECK(*expand({"--unknown", "-j", "x_y"}) == Words{"--unknown", "-j", "x_y"});
  CHECK(*expand({"--", "--wait"}) == Words{"--", "--wait"});
  CHECK(expand({"--max"}).error().message ==
        "ambiguous option: --max could match --max-total-failures, --max-per-shard-failures");
}

TEST_CASE("a misspelt word finds its neighbours") {
  const Words known = {"create", "update", "status", "kill", "killall", "help"};
  CHECK(nearest("creat", known) == Words{"create"});
  CHECK(nearest("kil", known) == Words{"kill", "killall"});
  CHECK(nearest("xyzzy", known).empty());
}
