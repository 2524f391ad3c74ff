#include "aurora/client/job_path.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::client;

TEST_CASE("a job key has four parts") {
  const auto path = parse_job_path("devcluster/www-data/devel/hello_world");
  REQUIRE(path.ok());
  CHECK(path->cluster == "devcluster");
  CHECK(path->job == core::JobKey{"www-data", "devel", "hello_world"});
  CHECK(to_string(*path) == "devcluster/www-data/devel/hello_world");
}

TEST_CASE("a malformed job key says which part is wrong") {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"a/b/c", "Invalid path 'a/b/c'. path should be a string in the form CLUSTER/ROLE/ENV/NAME"},
      {"a/b/c/d/e", "Invalid path 'a/b/c/d/e'. path should be a string in the form CLUSTER/ROLE/ENV/NAME"},
      {"", "Invalid path ''. path should be a string in the form CLUSTER/ROLE/ENV/NAME"},
      {"a/b c/d/e", "Invalid role 'b c'"},
      {"a/b/c!/d", "Invalid env 'c!'"},
      {"a/b/c/", "Invalid name ''"},
  };
  for (const auto& c : cases) {
    const auto path = parse_job_path(c.text);
    REQUIRE_FALSE(path.ok());
    CHECK(path.error().message == c.error);
  }
}

TEST_CASE("instances are numbers and inclusive ranges") {
  const auto check = [](const char* text, const std::set<int32_t>& expected) {
    const auto instances = parse_instances(text);
    REQUIRE(instances.ok());
    CHECK(*instances == expected);
  };
  check("0", {0});
  check("0-3,7", {0, 1, 2, 3, 7});
  check("7,1-2,2", {1, 2, 7});
  for (const char* wrong : {"", "x", "1.5", "3-1", "1-2-5", "-1", "1,", "1 -2", "99999999999"}) {
    INFO(wrong);
    CHECK_FALSE(parse_instances(wrong).ok());
  }
  CHECK(*parse_instances("2147483646-2147483647") == std::set<int32_t>{2147483646, 2147483647});
  CHECK(parse_instances("0-599999,600000-1200000").error().message == "Invalid instance range: ['600000', '1200000']");
  CHECK(parse_instances("3-1").error().message == "Invalid instance range: ['3', '1']");
}

TEST_CASE("a key with instances") {
  CHECK_FALSE(parse_instances_path("a/b/c/d")->instances.has_value());
  CHECK_FALSE(parse_instances_path("a/b/c/d/")->instances.has_value());
  CHECK(parse_instances_path("a/b/c/d/1-2")->instances == std::set<int32_t>{1, 2});
  CHECK_FALSE(parse_instances_path("a/b/c").ok());
  CHECK_FALSE(parse_instances_path("a/b/c/d/1/2").ok());
  CHECK(parse_instances_path("").error().message == "Instance specifier must be non-empty");
}

TEST_CASE("lists and ranges are shown as the original did") {
  CHECK(format_instances({}) == "[]");
  CHECK(format_instances({2, 0}) == "[0, 2]");
  CHECK(format_ranges({5, 6, 7, 9}) == "[5-7], [9]");
}

TEST_CASE("a pattern matches part by part, as a shell does") {
  const auto pattern = parse_job_pattern("devcluster/www-*/devel");
  REQUIRE(pattern.ok());
  CHECK_FALSE(pattern->is_exact());
  CHECK(pattern->matches({"www-data", "devel", "anything"}));
  CHECK_FALSE(pattern->matches({"www-data", "prod", "anything"}));
  CHECK_FALSE(pattern->matches({"WWW-data", "devel", "anything"}));
  CHECK(parse_job_pattern("c/r/e/[ab]?")->matches({"r", "e", "b1"}));
  CHECK(parse_job_pattern("c/r/e/n")->is_exact());
  CHECK_FALSE(parse_job_pattern("c/r/e/n/0").ok());
}

TEST_CASE("a key with one instance") {
  CHECK(parse_instance_path("a/b/c/d/7")->instance == 7);
  CHECK(parse_instance_path("a/b/c/d/7")->path == JobPath{"a", {"b", "c", "d"}});
  CHECK(parse_instance_path("a/b/c/d").error().message ==
        "Task instance specifier a/b/c/d is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE");
  for (const std::string text : {"", "1-2", "-1", "1.5"})
    CHECK(parse_instance_path("a/b/c/d/" + text).error().message == "Instance must be an integer, but got " + text);
}

TEST_CASE("a pattern is narrowed by what used to be options") {
  CHECK(*narrow_pattern("east", "", "") == "east");
  CHECK(*narrow_pattern("east", "www", "") == "east/www");
  CHECK(*narrow_pattern("east", "www", "east/www/prod/web") == "east/www/prod/web");
  CHECK(*narrow_pattern("east/www/prod", "www", "") == "east/www/prod");
  CHECK(narrow_pattern("east", "", "west/www/prod/web").error().message ==
        "'west/www/prod/web' is not among the jobs of 'east'");
  CHECK_FALSE(narrow_pattern("east", "www", "east/ads/prod/web").ok());
}
