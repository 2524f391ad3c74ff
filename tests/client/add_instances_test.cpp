// `job add KEY/INSTANCE COUNT` (spec/client.md §6.1).
#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kRoute[] = "/v1/jobs/www-data/devel/web";
const std::string kAdding = " INFO] Adding 2 instances to devcluster/www-data/devel/web using the task config of instance 3\n";

AddInstancesOptions two_like(const std::string& key = "devcluster/www-data/devel/web/3") {
  AddInstancesOptions options;
  options.key = key;
  options.count = 2;
  return options;
}

std::string tasks(const std::string& status, const std::vector<int>& instances) {
  std::string text;
  for (const int id : instances) {
    text += (text.empty() ? "" : ",") + (R"({"taskId": "t)" + std::to_string(id) + R"(", "instanceId": )" + std::to_string(id) +
            R"(, "status": ")" + status + R"(", "isActive": true})");
  }
  return R"({"tasks": [)" + text + R"(], "total": )" + std::to_string(instances.size()) + "}";
}

}  // namespace

TEST_CASE("job add asks for instances like an active one and prints nothing on stdout") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200, tasks("RUNNING", {0, 3}));
  f.reply("POST " + std::string(kRoute) + "/instances", 200, R"({"message": "2 new tasks pending for job www-data/devel/web", "count": 2})");
  CHECK(add_instances(f.session, two_like()) == 0);
  CHECK(f.body_of("POST " + std::string(kRoute) + "/instances") == R"({"instanceId":3,"count":2})");
  CHECK(f.out.str().empty());
  CHECK(f.err.str() == kAdding + " INFO] 2 new tasks pending for job www-data/devel/web\n");
}

TEST_CASE("job add waits for the new instances only") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200, tasks("RUNNING", {0, 3}));
  f.reply("GET /v1/tasks", 200, tasks("PENDING", {4, 5}));
  f.reply("GET /v1/tasks", 200, tasks("RUNNING", {4, 5}));
  f.reply("POST " + std::string(kRoute) + "/instances", 200, R"({"message": "ok", "count": 2})");
  AddInstancesOptions options = two_like();
  options.wait_until = "RUNNING";
  CHECK(add_instances(f.session, options) == 0);
  REQUIRE(f.http.requests().size() == 5);
  const std::string asked = f.http.requests().back().url;
  CHECK(asked.find("instance=4") != std::string::npos);
  CHECK(asked.find("instance=5") != std::string::npos);
  CHECK(asked.find("instance=3") == std::string::npos);
}

TEST_CASE("job add warns where a number or percentage of instances is promised") {
  for (const auto& [policy, warns] : {std::pair{R"({"percentageSlaPolicy": {"percentage": 95.0}})", true},
                                      std::pair{R"({"countSlaPolicy": {"count": 2}})", true},
                                      std::pair{R"({"coordinatorSlaPolicy": {}})", false}}) {
    SessionFixture f(Grammar::NounVerb);
    f.reply("GET /v1/tasks", 200, tasks("RUNNING", {3}));
    f.reply("GET " + std::string(kRoute), 200, R"({"configGroups": [{"config": {"slaPolicy": )" + std::string(policy) + "}}]}");
    f.reply("POST " + std::string(kRoute) + "/instances", 200, R"({"message": "ok", "count": 2})");
    CHECK(add_instances(f.session, two_like()) == 0);
    CHECK(f.out.str() == (warns ? "WARNING: Adding instances without updating SlaPolicy.\n" : ""));
  }
}

TEST_CASE("job add refuses what names no active instance, and tells what the scheduler refuses") {
  const auto refused = [](const std::string& key, int code) {
    SessionFixture f(Grammar::NounVerb);
    f.reply("GET /v1/tasks", 200, tasks("RUNNING", {0, 1}));
    CHECK(add_instances(f.session, two_like(key)) == code);
    return f.err.str();
  };
  CHECK(refused("devcluster/www-data/devel/web/3", 6) ==
        "Invalid instance parameter: [3]\nActive instances of devcluster/www-data/devel/web: [0-1]\n");
  CHECK(refused("devcluster/www-data/devel/web", 2) ==
        "Task instance specifier devcluster/www-data/devel/web is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE\n");
  CHECK(refused("devcluster/www-data/devel/web/x", 2) == "Instance must be an integer, but got x\n");
  CHECK(refused("devcluster/www data/devel/web/1", 2) == "Invalid role 'www data'\n");
  CHECK(refused("nowhere/www-data/devel/web/1", 3).starts_with("Unknown cluster: nowhere"));

  SessionFixture f(Grammar::NounVerb);
  f.reply("GET /v1/tasks", 200, tasks("RUNNING", {3}));
  f.reply("POST " + std::string(kRoute) + "/instances", 400,
          R"({"code": "INVALID_ARGUMENT", "message": "Instance count must be positive.", "details": []})");
  AddInstancesOptions none = two_like();
  none.count = 0;
  CHECK(add_instances(f.session, none) == 10);
  CHECK(f.err.str().ends_with("Command failure:\n\tInstance count must be positive.\n"));
  none.wait_until = "SOON";
  CHECK(add_instances(f.session, none) == 2);
}

TEST_CASE("hooks of the site run around job add and can refuse it") {
  SessionFixture f(Grammar::NounVerb);
  f.session.set_site_hooks(true);
  SessionFixture::hook_calls().clear();
  f.reply("GET /v1/tasks", 200, tasks("RUNNING", {3}));
  f.reply("POST " + std::string(kRoute) + "/instances", 200, R"({"message": "ok", "count": 2})");
  CHECK(add_instances(f.session, two_like()) == 0);
  CHECK(SessionFixture::hook_calls() == "pre_add_instances post_add_instances ");
  SessionFixture::refuses_hooks() = true;
  CHECK(add_instances(f.session, two_like()) == 4);
  SessionFixture::refuses_hooks() = false;
  CHECK(f.err.str().ends_with("Pre hooks stopped call to add_instances\n"));
}
