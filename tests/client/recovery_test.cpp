#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

RecoveryOptions at_cluster(const std::string& backup = "", std::vector<std::string> ids = {}) {
  return {"devcluster", backup, std::move(ids), false};
}

TEST_CASE("copies are made and listed") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/backups", 201, R"({"backup":"scheduler-backup-x-7","id":7,"madeAtMs":1,"bytes":2})");
  CHECK(scheduler_backup_now(f.session, at_cluster()) == 0);
  CHECK(scheduler_snapshot(f.session, at_cluster()) == 0);
  const std::string made = " INFO] Response from scheduler: OK (message: scheduler-backup-x-7 is made and verified)\n";
  CHECK(f.err.str() == made + made);
  f.err.str("");
  f.reply("GET /v1/backups", 200, R"({"backups":[{"backup":"a-1","id":1},{"backup":"b-2","id":2}],"total":2})");
  CHECK(scheduler_list_backups(f.session, at_cluster()) == 0);
  CHECK(f.out.str() == "2 available backups:\na-1\nb-2\n");
  CHECK(f.err.str() == " INFO] Response from scheduler: OK (message: )\n");
  f.out.str("");
  RecoveryOptions json = at_cluster();
  json.is_json = true;
  CHECK(scheduler_list_backups(f.session, json) == 0);
  CHECK(f.out.str().find("\"id\": 2") != std::string::npos);
}

TEST_CASE("a copy is staged, shown, pruned, committed and unloaded") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/recovery", 202, R"({"state":"LOADING","backup":"b-2","counts":{}})");
  f.reply("GET /v1/recovery", 200, R"({"state":"STAGED","backup":"b-2","counts":{"hosts":1,"tasks":3}})");
  CHECK(scheduler_stage_recovery(f.session, at_cluster("b-2")) == 0);
  CHECK(f.body_of("POST /v1/recovery") == R"({"backup":"b-2"})");
  CHECK(f.err.str() == " INFO] Response from scheduler: OK (message: b-2 is loaded: 1 hosts, 3 tasks)\n");
  f.err.str("");
  f.reply("GET /v1/recovery/tasks", 200,
          R"({"tasks":[{"taskId":"t1","instanceId":4,"status":"RUNNING","task":{"job":{"role":"www","environment":"prod","name":"web"}}}],"total":1})");
  CHECK(scheduler_print_recovery_tasks(f.session, at_cluster()) == 0);
  CHECK(f.err.str() ==
        " INFO] Response from scheduler: OK (message: )\n INFO] Role\tJob\tShard\tStatus\tTask ID\n"
        " INFO] www\tweb\t4\tRUNNING\tt1\n");
  f.err.str("");
  f.reply("POST /v1/recovery/tasks/delete", 200, R"({"message":"2 tasks deleted from the backup.","count":2})");
  CHECK(scheduler_delete_recovery_tasks(f.session, at_cluster("", {"t1,t2", "t3"})) == 0);
  CHECK(f.body_of("POST /v1/recovery/tasks/delete") == R"({"taskIds":["t1","t2","t3"]})");
  f.reply("POST /v1/recovery/commit", 200, R"({"message":"done","count":0})");
  CHECK(scheduler_commit_recovery(f.session, at_cluster()) == 0);
  f.reply("DELETE /v1/recovery", 200, R"({"message":"gone","count":0})");
  CHECK(scheduler_unload_recovery(f.session, at_cluster()) == 0);
  CHECK(f.err.str() ==
        " INFO] Response from scheduler: OK (message: 2 tasks deleted from the backup.)\n"
        " INFO] Response from scheduler: OK (message: done)\n INFO] Response from scheduler: OK (message: gone)\n");
}

TEST_CASE("what the scheduler refuses, and a copy that cannot be loaded, are told and end the verb") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/recovery/commit", 409, R"({"code":"FAILED_PRECONDITION","message":"No backup loaded.","details":[]})");
  CHECK(scheduler_commit_recovery(f.session, at_cluster()) != 0);
  CHECK(f.err.str().find("No backup loaded.") != std::string::npos);
  f.reply("POST /v1/recovery", 202, R"({"state":"LOADING","counts":{}})");
  f.reply("GET /v1/recovery", 200, R"({"state":"FAILED","message":"Failed to read backup /b/2: cut off","counts":{}})");
  CHECK(scheduler_stage_recovery(f.session, at_cluster("2")) != 0);
  CHECK(f.err.str().find("Failed to read backup /b/2: cut off") != std::string::npos);
}

TEST_CASE("hosts are asked for their lists, explicitly unless it is said otherwise") {
  SessionFixture f(Grammar::Admin);
  f.reply("POST /v1/reconciliation", 200, R"({"message":"1 host is to list all tasks.","count":1})");
  ReconcileOptions options{.cluster = "devcluster"};
  CHECK(reconcile_tasks(f.session, options) == 0);
  CHECK(f.body_of("POST /v1/reconciliation") == R"({"kind":"explicit"})");
  CHECK(f.err.str() == " INFO] Response from scheduler: OK (message: 1 host is to list all tasks.)\n");
  options.batch_size = 0;
  CHECK(reconcile_tasks(f.session, options) != 0);
  CHECK(f.err.str().find("Batch size must be greater than zero.") != std::string::npos);
}

}  // namespace
}  // namespace aurora::client
