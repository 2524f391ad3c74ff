// A start reads all, compares it with what was acknowledged, and only then writes: whatever is wrong with a
// record, and wherever the start is cut short.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "aurora/core/cluster/cluster.h"
#include "aurora/store/store.h"
#include "store/random_changes.h"
#include "store/raw_folder.h"
#include "store/record_key.h"
#include "support/load_all.h"
#include "support/random_history.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

// Tasks with moves, hosts, configurations, updates with events, tombstones.
void write_all_kinds(const std::string& folder) {
  test::RandomHistory history(1);
  for (int step = 0; step < 150; ++step) history.step();
  const auto store = test::open_loaded(folder, IfMissing::Initialize);
  REQUIRE(store.ok());
  REQUIRE((*store)->commit(history.changes()).ok());
  Rng rng(1);
  StoreModel model;
  for (int step = 0; step < 40; ++step) {
    std::vector<core::Change> changes = random_changes(rng, model);
    std::erase_if(changes, [](const core::Change& change) {
      return std::holds_alternative<core::TaskSaved>(change) || std::holds_alternative<core::TaskMoved>(change);
    });
    REQUIRE((*store)->commit(changes).ok());
    model.apply(changes);
  }
  core::CronJob cron{{}, "u", Instant{1}};
  cron.job.key = {"www", "prod", "nightly"};
  const std::vector<core::Change> rest = {core::QuotaSaved{{"www", {.cpus = 2}}},
                                          core::TombstoneSaved{{core::TaskId("gone"), core::HostId("h1"), Instant{5}}},
                                          core::RequestAnswered{{"key", "print", Instant{6}, "said", 3}},
                                          core::CronJobSaved{cron},
                                          core::CronProgressed{cron.job.key, {Instant{7}, {}, {}}}};
  REQUIRE((*store)->commit(rest).ok());
}

// As the engine does it.
Status start(const std::string& folder) {
  const auto store = TRY(open_rocks_store(folder));
  core::Cluster cluster;
  return store->load([&](core::Change change) { cluster.apply(std::move(change)); });
}

struct Row {
  Table table = Table::Tasks;
  std::string key;
  std::string value;
};
std::vector<Row> all_rows(const RocksDatabase& database) {
  std::vector<Row> rows;
  for (size_t i = 0; i < kTableNames.size(); ++i) {
    const auto table = static_cast<Table>(i);
    const Status read = database.each(table, [&](std::string_view key, std::string_view value) -> Status {
      if (table != Table::Meta) rows.push_back({table, std::string(key), std::string(value)});
      return Unit{};
    });
    REQUIRE(read.ok());
  }
  return rows;
}

// One row is not as it was written. What was done, for the one who reads of a failure.
std::string damage(RocksDatabase& database, const std::vector<Row>& rows, Rng& rng) {
  const Row& row = rows[rng.below(rows.size())];
  auto& rocks = database.rocksdb();
  const auto put = [&](const std::string& key, const std::string& value) {
    REQUIRE(rocks.Put(rocksdb::WriteOptions(), database.table(row.table), key, value).ok());
  };
  const std::string name =
      std::string(kTableNames[static_cast<size_t>(row.table)]) + " " + std::string(name_of(row.key));
  switch (rng.below(4)) {
    case 0:
      REQUIRE(rocks.Delete(rocksdb::WriteOptions(), database.table(row.table), row.key).ok());
      return "deleted " + name;
    case 1: {
      std::string value = row.value.empty() ? "x" : row.value;
      const size_t at = rng.below(value.size());
      value[at] = static_cast<char>(value[at] ^ (1 << rng.below(8)));
      put(row.key, value);
      return "changed byte " + std::to_string(at) + " of " + name;
    }
    case 2: {  // as an older file has it
      const auto is_older = [&](const Row& other) {
        return other.table == row.table && is_part(other.key) == is_part(row.key) && other.value != row.value;
      };
      const auto older = std::find_if(rows.begin(), rows.end(), is_older);
      put(row.key, older == rows.end() ? "" : older->value);
      return "put an older record in place of " + name;
    }
    default:
      put(row.key + "0", row.value);
      return "put a deleted record beside " + name;
  }
}

TEST_CASE("a record that is not as it was acknowledged ends the start, and nothing is written") {
  const test::TempFolder folder;
  const std::string whole = folder.path() + "/whole";
  write_all_kinds(whole);
  REQUIRE(start(whole).ok());
  Rng rng(3);
  std::set<Table> tables;
  for (int round = 0; round < 250; ++round) {
    const std::string copy = folder.path() + "/copy" + std::to_string(round);
    fs::copy(whole, copy);
    std::string done;
    {
      const auto database = open_to_write(copy);
      const auto rows = all_rows(*database);
      for (const Row& row : rows) tables.insert(row.table);
      done = damage(*database, rows, rng);
    }
    INFO("round " << round << ": " << done);
    const auto before = contents_of(copy);
    const Status started = start(copy);
    REQUIRE_FALSE(started.ok());
    CHECK(started.error().code == ErrorCode::DataLoss);
    CHECK_THAT(started.error().message, Catch::Contains("has lost what was acknowledged: it should have"));
    CHECK(contents_of(copy) == before);
    fs::remove_all(copy);
  }
  CHECK(tables.size() == kTableNames.size() - 1);
}

TEST_CASE("what makes no sense although nothing is missing is told after all was read") {
  const test::TempFolder folder;
  write_all_kinds(folder.path());
  {
    const auto database = open_to_write(folder.path());
    rocksdb::WriteBatch batch;
    database->put(batch, Table::Hosts, "h1", "no host");
    REQUIRE(database->write(batch).ok());
  }
  const auto before = contents_of(folder.path());
  const Status started = start(folder.path());
  REQUIRE_FALSE(started.ok());
  CHECK_THAT(started.error().message, Catch::Contains("host h1: stored bytes are not a valid Host record"));
  CHECK(contents_of(folder.path()) == before);
}

// Run by the next test in a process of its own: a start that kills itself.
TEST_CASE("start that is cut short", "[.store-start]") {
  const std::string folder = std::getenv("AURORA_STORE_FOLDER");
  const int last = std::atoi(std::getenv("AURORA_STORE_LAST"));
  if (last < 0) {  // all is verified, nothing was opened to be written
    const auto database = RocksDatabase::open(folder, IfMissing::Refuse);
    REQUIRE(database.ok());
    REQUIRE((*database)->verify().ok());
    ::kill(::getpid(), SIGKILL);
  }
  const auto store = open_rocks_store(folder);
  REQUIRE(store.ok());
  int taken = 0;
  const Status loaded = (*store)->load([&](const core::Change&) {
    if (++taken == last) ::kill(::getpid(), SIGKILL);
  });
  REQUIRE(loaded.ok());
  ::kill(::getpid(), SIGKILL);
}

void start_and_die(const std::string& folder, int last) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("AURORA_STORE_FOLDER", folder.c_str(), 1);
    ::setenv("AURORA_STORE_LAST", std::to_string(last).c_str(), 1);
    ::execl("/proc/self/exe", "starter", "[.store-start]", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
}

TEST_CASE("a start that is killed before all is verified has written nothing, and a later one loses nothing") {
  const test::TempFolder folder;
  write_all_kinds(folder.path());
  const auto all = test::load_all(**open_rocks_store(folder.path()));
  REQUIRE(all.ok());
  StoreModel model;
  model.apply(*all);
  const auto count = static_cast<int>(all->size());
  const auto before = contents_of(folder.path());
  for (const int last : {1, count / 2, count, -1}) {
    CAPTURE(last);
    start_and_die(folder.path(), last);
    CHECK(contents_of(folder.path()) == before);
  }
  for (int round = 0; round < 3; ++round) {
    start_and_die(folder.path(), count + 1);
    const auto again = test::load_all(**open_rocks_store(folder.path()));
    REQUIRE(again.ok());
    StoreModel loaded;
    loaded.apply(*again);
    CHECK(loaded == model);
  }
}

}  // namespace
}  // namespace aurora::store
