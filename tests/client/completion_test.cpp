#include "aurora/client/completion.h"

#include <catch2/catch.hpp>

#include "session_fixture.h"

namespace aurora::client {
namespace {

using Words = std::vector<std::string>;

struct Shell : test::SessionFixture {
  Shell() : SessionFixture(Grammar::NounVerb, "completion") {}
  Words key(const std::string& typed, KeyForm form = KeyForm::Job) { return complete_key(session, typed, form); }
};

TEST_CASE("a key is completed part by part, and nothing else is asked") {
  Shell shell;
  CHECK(shell.key("dev") == Words{"devcluster/"});
  shell.reply("GET /v1/jobKeys", 200, R"({"keys":["www/","www-data/"],"isComplete":true})");
  CHECK(shell.key("devcluster/w") == Words{"devcluster/www/", "devcluster/www-data/"});
  CHECK(shell.key("devcluster/w", KeyForm::Role) == Words{"devcluster/www", "devcluster/www-data"});
  CHECK(complete_role(shell.session, "devcluster", "w") == Words{"www", "www-data"});
  CHECK(shell.http.requests().back().url == "http://scheduler:8081/v1/jobKeys?prefix=w");
}

TEST_CASE("where instances are needed a key goes on") {
  Shell shell;
  shell.reply("GET /v1/jobKeys", 200, R"({"keys":["www/devel/web"],"isComplete":true})");
  CHECK(shell.key("devcluster/www/devel/w") == Words{"devcluster/www/devel/web"});
  CHECK(shell.key("devcluster/www/devel/w", KeyForm::WithInstances) == Words{"devcluster/www/devel/web"});
  CHECK(shell.key("devcluster/www/devel/w", KeyForm::InstancesOnly) == Words{"devcluster/www/devel/web/"});
}

TEST_CASE("active instances are completed, also behind others") {
  Shell shell;
  shell.reply("GET /v1/jobs/www/devel/web", 200,
              R"({"configGroups":[{"instances":[{"first":0,"last":2}]},{"instances":[{"first":10,"last":11}]}]})");
  const std::string web = "devcluster/www/devel/web/";
  CHECK(shell.key(web, KeyForm::WithInstances) == Words{web + "0", web + "1", web + "2", web + "10", web + "11"});
  CHECK(shell.key(web + "1", KeyForm::InstancesOnly) == Words{web + "1", web + "10", web + "11"});
  CHECK(shell.key(web + "0-2,1", KeyForm::InstancesOnly) == Words{web + "0-2,1", web + "0-2,10", web + "0-2,11"});
  CHECK(shell.key(web, KeyForm::Job).empty());
}

TEST_CASE("of very many instances the first and the last are named") {
  Shell shell;
  shell.reply("GET /v1/jobs/www/devel/web", 200, R"({"configGroups":[{"instances":[{"first":0,"last":9223372036854775807}]}]})");
  const Words words = shell.key("devcluster/www/devel/web/1", KeyForm::WithInstances);
  REQUIRE(words.size() == 200);
  CHECK(words.back() == "devcluster/www/devel/web/1000000");
}

TEST_CASE("hosts, updates, copies and unknown tasks are completed") {
  Shell shell;
  shell.reply("GET /v1/hosts", 200, R"({"hosts":[{"host":"h1"},{"host":"h2"}],"total":2})");
  shell.reply("GET /v1/updates", 200, R"({"updates":[{"key":{"id":"u-1"}}],"total":1})");
  shell.reply("GET /v1/backups", 200, R"({"backups":[{"backup":"scheduler-backup-1"}],"total":1})");
  shell.reply("GET /v1/unknownTasks", 200, R"({"tasks":[{"taskId":"t-1"},{}],"total":2})");
  CHECK(complete_host(shell.session, "devcluster", "h") == Words{"h1", "h2"});
  CHECK(complete_update(shell.session, "devcluster/www/devel/web") == Words{"u-1"});
  CHECK(complete_update(shell.session, "devcluster/www").empty());
  CHECK(complete_backup(shell.session, "devcluster") == Words{"scheduler-backup-1"});
  CHECK(complete_unknown_task(shell.session, "devcluster") == Words{"t-1"});
}

TEST_CASE("whatever goes wrong is silence, once and soon") {
  Shell shell;
  CHECK(shell.key("devcluster/").empty());  // 404
  CHECK(shell.key("east/w").empty());
  shell.reply("GET /v1/jobKeys", 500, "<html>");
  CHECK(shell.key("devcluster/w").empty());
  shell.reply("GET /v1/hosts", 200, R"({"hosts":"none"})");
  CHECK(complete_host(shell.session, "devcluster", "").empty());
  CHECK(shell.session.timeout() == kCompletionPatience);
}

}  // namespace
}  // namespace aurora::client
