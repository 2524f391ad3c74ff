// Tasks that are found, ended and deleted with no executor: in the folders of one that has stopped.
#include "aurora/executor/local_tasks.h"

#include "executor/real_host.h"

using namespace aurora;
using executor::KillHow;
using executor::LocalTask;
using test::RealHost;

namespace {

const std::function<bool()> kGoesOn = [] { return true; };

LocalTask find(const RealHost& host, const std::string& id) {
  for (LocalTask& task : executor::find_local_tasks({host.work().state}).tasks) {
    if (task.task_id.value() == id) return std::move(task);
  }
  FAIL("no task " + id);
  return {};
}

void start(RealHost& host, const std::string& id, const std::string& cmdline) {
  REQUIRE(host.start(id, {{"a", cmdline}}).ok());
  host.wait_for_start(id);
  host.wait_for_output(id, "a", "up");  // it has its traps
  host.stop_executor();
}

}  // namespace

TEST_CASE("tasks are found below every kind of root, once") {
  RealHost host;
  host.run("t", {{"a", "true"}});
  const LocalTask task = find(host, "t");
  CHECK_FALSE(task.is_active());
  CHECK(task.owner == os::current_user().name);
  CHECK(task.work.root == host.work().root);
  CHECK(task.work.agent_id == host.work().agent_id);
  CHECK(task.paths().sandbox == host.sandbox_of("t"));

  const test::TempFolder folder;
  const auto below = [&](const std::string& state) {
    const std::string link = folder.path() + state;
    REQUIRE(os::make_folders(link).ok());
    REQUIRE(os::make_folders(link + "/tasks/x").ok());
    const auto found = executor::find_local_tasks({folder.path(), folder.path()});
    REQUIRE(found.tasks.size() == 1);
    CHECK(found.tasks[0].is_active());  // it has not begun
    CHECK(found.tasks[0].work.state == link);
    REQUIRE(os::rename_file(link + "/tasks", folder.path() + "/gone").ok());
    REQUIRE(os::rename_file(folder.path() + "/gone", link + "/gone").ok());
  };
  below("/executor");
  below("/executors/h1");
  below("/devcluster/executors/h2");
  below("/thermos/executor");
  below("");
  CHECK(executor::find_local_tasks({"/no/such/folder"}).tasks.empty());
}

TEST_CASE("a runner that lives is asked, and its task has its time") {
  RealHost host;
  start(host, "t", "trap 'touch told; exit 0' TERM; echo up; while :; do read -t 1 <> <(:); done");
  CHECK(executor::kill_local_task(find(host, "t"), KillHow::Ask, kGoesOn).ok());
  CHECK(os::exists(host.sandbox_of("t") + "/told"));
  CHECK(host.states_of("t") == "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
}

TEST_CASE("by force nobody is asked") {
  RealHost host;
  start(host, "t", "trap 'touch told' TERM; echo up; while :; do read -t 1 <> <(:); done");
  CHECK(executor::kill_local_task(find(host, "t"), KillHow::Force, kGoesOn).ok());
  CHECK_FALSE(os::exists(host.sandbox_of("t") + "/told"));
  CHECK(host.states_of("t").ends_with("KILLED"));
}

TEST_CASE("who does not want to wait any more is told that the task lives") {
  RealHost host;
  start(host, "t", "trap '' TERM; echo up; while :; do read -t 1 <> <(:); done");
  const Status killed = executor::kill_local_task(find(host, "t"), KillHow::Ask, [] { return false; });
  CHECK(killed.error().code == ErrorCode::DeadlineExceeded);
  CHECK(executor::kill_local_task(find(host, "t"), KillHow::Force, kGoesOn).ok());
}

TEST_CASE("only what is over is deleted, part by part") {
  RealHost host;
  start(host, "t", "touch data; echo up; while :; do read -t 1 <> <(:); done");
  host.wait_until([&] { return os::exists(host.sandbox_of("t") + "/data"); });
  CHECK(executor::erase_data(find(host, "t")).error().code == ErrorCode::FailedPrecondition);
  CHECK(executor::erase_metadata(find(host, "t")).error().code == ErrorCode::FailedPrecondition);
  REQUIRE(executor::kill_local_task(find(host, "t"), KillHow::Force, kGoesOn).ok());
  const LocalTask task = find(host, "t");
  CHECK(executor::erase_data(task).ok());
  CHECK_FALSE(os::exists(host.sandbox_of("t") + "/data"));
  CHECK(host.output_of("t", "a") == "up\n");
  CHECK(executor::erase_logs(task).ok());
  CHECK(os::list_names(host.sandbox_of("t")).empty());
  CHECK(executor::erase_metadata(task).ok());
  CHECK_FALSE(os::exists(task.paths().folder));
  CHECK_FALSE(os::exists(task.paths().run));
}

TEST_CASE("what never began is deleted, what began is not") {
  RealHost host;
  host.run("t", {{"a", "true"}});
  executor::delete_unborn(host.work(), core::TaskId("t"));
  CHECK(os::exists(host.sandbox_of("t")));
  const executor::TaskPaths paths = host.work().paths_of(core::TaskId("u"));
  REQUIRE(os::make_folders(paths.folder).ok());
  REQUIRE(os::make_folders(paths.sandbox).ok());
  REQUIRE(os::write_file(paths.checkpoint, "").ok());
  executor::delete_unborn(host.work(), core::TaskId("u"));
  CHECK_FALSE(os::exists(paths.folder));
  CHECK_FALSE(os::exists(paths.run));
}
