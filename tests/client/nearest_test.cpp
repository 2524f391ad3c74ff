#include "aurora/client/nearest.h"

#include <catch2/catch.hpp>

using namespace aurora::client;
using Words = std::vector<std::string>;

TEST_CASE("a misspelt word finds its neighbours") {
  const Words known = {"create", "update", "status", "kill", "killall", "help"};
  CHECK(nearest("creat", known) == Words{"create"});
  CHECK(nearest("kil", known) == Words{"kill", "killall"});
  CHECK(nearest("upadte", known) == Words{"update"});
  CHECK(nearest("wbe", {"web", "db"}) == Words{"web"});
  CHECK(nearest("xyzzy", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("a", {"b", "c"}).empty());  // nothing of it is left
  CHECK(nearest("devel/hello-world", {"devel/hello_world", "prod/hello_world"}) == Words{"devel/hello_world"});
}

TEST_CASE("a question names at most three, each with what stands before it") {
  CHECK(did_you_mean({}).empty());
  CHECK(did_you_mean({"create"}) == "; did you mean create?");
  CHECK(did_you_mean({"json", "jail"}, "--") == "; did you mean --json or --jail?");
}
