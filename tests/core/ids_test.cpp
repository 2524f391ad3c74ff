#include "aurora/core/ids.h"

#include <catch2/catch.hpp>

using namespace aurora::core;

TEST_CASE("keys are written with slashes") {
  const JobKey job{"www", "prod", "web"};
  CHECK(to_string(job) == "www/prod/web");
  CHECK(to_string(InstanceKey{job, 3}) == "www/prod/web/3");
  CHECK(to_string(UpdateKey{job, UpdateId("u1")}) == "www/prod/web/u1");
}

TEST_CASE("identifiers are made of word characters, dashes and full stops") {
  struct Case {
    std::string text;
    bool ok;
  };
  const auto c = GENERATE(Case{"www-data", true}, Case{"a.b_C-9", true}, Case{std::string(255, 'x'), true},
                          Case{"", false}, Case{"a b", false}, Case{"a/b", false}, Case{"a\n", false},
                          Case{"caf\xc3\xa9", false}, Case{std::string(256, 'x'), false});
  CAPTURE(c.text);
  CHECK(is_identifier(c.text) == c.ok);
}

TEST_CASE("a task id names its instance; other characters become dashes") {
  CHECK(make_task_id({{"www-data", "devel", "hello.world"}, 0}, "uu-id").value() ==
        "www-data-devel-hello-world-0-uu-id");
}
