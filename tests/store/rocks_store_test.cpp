// What only a real database can do wrong: two processes, folders that cannot be used, other formats, kill -9.
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "aurora/store/store.h"
#include "store/random_changes.h"
#include "store/raw_folder.h"
#include "store/record_key.h"
#include "store/rocks_database.h"
#include "support/load_all.h"
#include "support/random_history.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

constexpr int kTasksPerBatch = 20;

std::string error_of(const std::string& folder) {
  const auto opened = test::open_loaded(folder, IfMissing::Initialize);
  return opened.ok() ? "" : opened.error().message;
}

core::Change task_of_batch(int batch, int number, const std::string& padding) {
  core::Task task;
  task.id = core::TaskId("t" + std::to_string(batch) + "-" + std::to_string(number));
  core::TaskConfig config;
  config.job = {"www", "prod", "batch" + std::to_string(batch)};
  config.executor_config = core::ExecutorConfig{"AuroraExecutor", padding};
  task.config = core::TaskConfigRef(config);
  task.instance_id = number;
  task.events = {{Instant{1}, core::TaskStatus::Pending, {}, {}}};
  return core::TaskSaved{task};
}

TEST_CASE("a second opener of the same folder is refused") {
  const test::TempFolder folder;
  const auto first = open_rocks_store(folder.path(), IfMissing::Initialize);
  REQUIRE(first.ok());
  const auto second = open_rocks_store(folder.path(), IfMissing::Initialize);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::FailedPrecondition);
  CHECK(second.error().message ==
        "the database in " + folder.path() +
            " is in use by another process; stop that scheduler, or choose another folder");
}

TEST_CASE("folders that cannot be used are named") {
  const test::TempFolder folder;
  const std::string file = folder.path() + "/file";
  std::ofstream(file) << "x";
  CHECK(error_of(file + "/db").starts_with("cannot create the folder " + file + "/db"));
  CHECK(error_of(file).starts_with("cannot create the folder " + file));
}

TEST_CASE("a newer format is refused, with the version that wrote it") {
  const test::TempFolder folder;
  {
    const auto database = open_to_write(folder.path());
    rocksdb::WriteBatch batch;
    database->put(batch, Table::Meta, "format", "99");
    database->put(batch, Table::Meta, "program", "7.0.0");
    REQUIRE(database->write(batch).ok());
  }
  const std::string message = error_of(folder.path());
  CHECK(message.find("was written by aurora 7.0.0 in format 99") != std::string::npos);
  CHECK(message.find("start the newer version") != std::string::npos);
}

TEST_CASE("damage is told, with the folder") {
  const test::TempFolder folder;
  { REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit({task_of_batch(1, 1, "")}).ok()); }
  std::ofstream(folder.path() + "/CURRENT") << "nonsense";
  CHECK(error_of(folder.path()).starts_with("the database in " + folder.path() + " is damaged"));
}

TEST_CASE("damage in the middle of the log is told, not skipped") {
  const test::TempFolder folder;
  {
    const auto store = test::open_loaded(folder.path(), IfMissing::Initialize);
    for (int i = 0; i < 50; ++i)
      REQUIRE((*store)->commit({task_of_batch(i, 1, std::string(1000, 'x'))}).ok());
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() != ".log" || entry.file_size() < 20'000) continue;
    std::fstream log(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(10'000);
    log << "damage";
  }
  CHECK(error_of(folder.path()).find(" is damaged") != std::string::npos);
}

TEST_CASE("configurations are stored once and dropped at the next start after their last task") {
  const test::TempFolder folder;
  const auto count_configs = [&] {
    const auto database = RocksDatabase::open_to_read(folder.path());
    int count = 0;
    REQUIRE((*database)
                ->each(Table::Configs,
                       [&](auto, auto) -> Status {
                         ++count;
                         return Unit{};
                       })
                .ok());
    return count;
  };
  {
    const auto store = test::open_loaded(folder.path(), IfMissing::Initialize);
    REQUIRE(
        (*store)->commit({task_of_batch(1, 1, ""), task_of_batch(1, 2, ""), task_of_batch(2, 1, "")}).ok());
  }
  CHECK(count_configs() == 2);
  {
    const auto store = open_rocks_store(folder.path(), IfMissing::Initialize);
    REQUIRE(test::load_all(**store).ok());
    REQUIRE((*store)->commit({core::TaskDeleted{core::TaskId("t2-1")}}).ok());
  }
  CHECK(count_configs() == 2);
  { REQUIRE(test::open_loaded(folder.path(), IfMissing::Initialize).ok()); }
  CHECK(count_configs() == 1);
}

core::TaskMoved move_of(const core::Task& task, int32_t index, core::TaskStatus to) {
  return {task.id, index, {{Instant{index}, to, {}, {}}, {}, {}, {}, {}}};
}

// Keys of the table of tasks; a move as <task>+<position>.
std::vector<std::string> task_keys(const std::string& folder) {
  const auto database = RocksDatabase::open_to_read(folder);
  REQUIRE(database.ok());
  std::vector<std::string> keys;
  const Status read = (*database)->each(Table::Tasks, [&](std::string_view key, auto) -> Status {
    keys.push_back(std::string(name_of(key)) + (is_part(key) ? "+" + std::to_string(part_index(key)) : ""));
    return Unit{};
  });
  REQUIRE(read.ok());
  return keys;
}

std::vector<core::Task> load_tasks(const std::string& folder) {
  std::vector<core::Task> tasks;
  const auto store = open_rocks_store(folder);
  REQUIRE(store.ok());
  const auto changes = test::load_all(**store);
  REQUIRE(changes.ok());
  for (const core::Change& change : *changes) tasks.push_back(std::get<core::TaskSaved>(change).task);
  return tasks;
}

TEST_CASE("moves of a task are records behind it, which go when it is saved anew or deleted") {
  using enum core::TaskStatus;
  const test::TempFolder folder;
  const auto change = std::get<core::TaskSaved>(task_of_batch(1, 1, ""));
  const auto other = std::get<core::TaskSaved>(task_of_batch(1, 11, ""));  // its id begins with the other's
  const auto commit = [&](const std::vector<core::Change>& changes) {
    REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit(changes).ok());
  };
  using Keys = std::vector<std::string>;
  commit({change, other, move_of(change.task, 1, Assigned), move_of(other.task, 1, Assigned)});
  commit({move_of(change.task, 2, Running), move_of(change.task, 2, Running)});
  CHECK(task_keys(folder.path()) == Keys{"t1-1", "t1-1+1", "t1-1+2", "t1-11", "t1-11+1"});
  const auto loaded = load_tasks(folder.path());
  REQUIRE(loaded.size() == 2);
  CHECK(loaded[0].status == Running);
  CHECK(loaded[0].events.size() == 3);
  CHECK(loaded[1].status == Assigned);

  commit({core::TaskSaved{loaded[0]}, move_of(change.task, 3, Killing)});
  CHECK(task_keys(folder.path()) == Keys{"t1-1", "t1-1+3", "t1-11", "t1-11+1"});
  commit({core::TaskDeleted{change.task.id}, change});
  CHECK(task_keys(folder.path()) == Keys{"t1-1", "t1-11", "t1-11+1"});
  CHECK(load_tasks(folder.path()).front() == change.task);
  commit({move_of(change.task, 1, Lost), core::TaskDeleted{change.task.id}});
  CHECK(task_keys(folder.path()) == Keys{"t1-11", "t1-11+1"});
}

// Format 1 knew no moves: each task was one record with all its events.
TEST_CASE("a database of the first format is read, goes on, and is refused by the program that wrote it") {
  using enum core::TaskStatus;
  const test::TempFolder folder;
  auto change = std::get<core::TaskSaved>(task_of_batch(1, 1, ""));
  for (const auto status : {Assigned, Running}) change.task.events.push_back({Instant{2}, status, {}, {}});
  change.task.status = Running;
  const auto format = [&](const std::string& written) {
    const auto database = open_to_write(folder.path());
    const std::string found = *database->get(Table::Meta, "format");
    rocksdb::WriteBatch batch;
    database->put(batch, Table::Meta, "format", written);
    REQUIRE(database->write(batch).ok());
    return found;
  };
  { REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit({change}).ok()); }
  format("1");
  {
    const auto store = test::open_loaded(folder.path());
    REQUIRE(store.ok());
    REQUIRE((*store)->commit({move_of(change.task, 3, Finished)}).ok());
  }
  CHECK(format("4") == "4");  // 1 reads none above it, as the test before the last shows
  const auto loaded = load_tasks(folder.path());
  REQUIRE(loaded.size() == 1);
  CHECK(loaded[0].events.size() == 4);
  CHECK(loaded[0].status == Finished);
}

TEST_CASE("a database without the tables of later formats gets them when it is opened to be written") {
  const test::TempFolder folder;
  const core::Change quota = core::QuotaSaved{{"www", {.cpus = 2}}};
  { REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit({task_of_batch(1, 1, "")}).ok()); }
  {
    const auto database = open_to_write(folder.path());
    for (const Table table : {Table::Quotas, Table::CronJobs, Table::CronProgress, Table::AnsweredRequests})
      REQUIRE(database->rocksdb().DropColumnFamily(database->table(table)).ok());
  }
  { REQUIRE((*test::open_loaded(folder.path()))->commit({quota}).ok()); }
  const auto loaded = test::load_all(**open_rocks_store(folder.path()));
  REQUIRE(loaded.ok());
  CHECK(loaded->size() == 2);
}

std::vector<core::Task> tasks_of(const core::Cluster& cluster) {
  std::vector<core::Task> tasks;
  for (const core::Task* task : cluster.list_tasks({})) tasks.push_back(*task);
  return tasks;
}

TEST_CASE("what is loaded is the cluster that was in memory, after random histories") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const test::TempFolder folder;
    test::RandomHistory history(seed);
    size_t stored = 0;
    for (int start = 0; start < 8; ++start) {
      const auto store = open_rocks_store(folder.path(), IfMissing::Initialize);
      REQUIRE(store.ok());
      const auto loaded = test::load_all(**store);
      REQUIRE(loaded.ok());
      core::Cluster cluster;
      for (const core::Change& change : *loaded) cluster.apply(change);
      REQUIRE(tasks_of(cluster) == (start == 0 ? std::vector<core::Task>() : tasks_of(history.cluster())));
      CHECK(cluster.check_invariants().value_or("") == "");
      for (int step = 0; step < 60; ++step) {
        history.step();
        const auto first = history.changes().begin() + static_cast<std::ptrdiff_t>(stored);
        REQUIRE((*store)->commit({first, history.changes().end()}).ok());
        stored = history.changes().size();
      }
    }
  }
}

// Run by the next test in a process of its own: commits batch after batch and says so after each.
TEST_CASE("writer that will be killed", "[.store-writer]") {
  const auto store = open_rocks_store(std::getenv("AURORA_STORE_FOLDER"), IfMissing::Initialize);
  REQUIRE(store.ok());
  int next = 0;
  const auto loaded = test::load_all(**store);
  for (const core::Change& change : *loaded) {
    next = std::max(next, std::stoi(std::get<core::TaskSaved>(change).task.id.value().substr(1)) + 1);
  }
  for (;; ++next) {
    std::vector<core::Change> batch;
    for (int i = 0; i < kTasksPerBatch; ++i) batch.push_back(task_of_batch(next, i, std::string(2000, 'x')));
    if (!(*store)->commit(batch).ok()) return;
    if (::write(STDOUT_FILENO, &next, sizeof(next)) != sizeof(next)) return;
  }
}

pid_t start_writer(const std::string& folder, int output) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(output, STDOUT_FILENO);
  ::setenv("AURORA_STORE_FOLDER", folder.c_str(), 1);
  ::execl("/proc/self/exe", "writer", "[.store-writer]", nullptr);
  ::_exit(127);
}

// The last batch that the writer acknowledged before it was killed, after `count` of them.
int run_writer(const std::string& folder, uint64_t count) {
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = start_writer(folder, pipe_ends[1]);
  ::close(pipe_ends[1]);
  int acknowledged = -1;
  for (; count > 0; --count) REQUIRE(::read(pipe_ends[0], &acknowledged, sizeof(int)) == sizeof(int));
  ::kill(child, SIGKILL);
  while (::read(pipe_ends[0], &acknowledged, sizeof(int)) == sizeof(int)) {
  }
  ::close(pipe_ends[0]);
  ::waitpid(child, nullptr, 0);
  return acknowledged;
}

TEST_CASE("kill -9 loses nothing that was acknowledged and leaves no half batch") {
  const test::TempFolder folder;
  Rng rng(7);
  for (int round = 0; round < 8; ++round) {
    const int acknowledged = run_writer(folder.path(), 1 + rng.below(30));
    const auto store = open_rocks_store(folder.path(), IfMissing::Initialize);
    REQUIRE(store.ok());
    const auto changes = test::load_all(**store);
    REQUIRE(changes.ok());
    std::map<int, int> tasks;  // per batch
    for (const core::Change& change : *changes) {
      ++tasks[std::stoi(std::get<core::TaskSaved>(change).task.id.value().substr(1))];
    }
    for (int batch = 0; batch <= acknowledged; ++batch) CHECK(tasks[batch] == kTasksPerBatch);
    for (const auto& [batch, count] : tasks) CHECK(count == kTasksPerBatch);
    CHECK(static_cast<int>(tasks.size()) <= acknowledged + 2);
  }
}

}  // namespace
}  // namespace aurora::store
