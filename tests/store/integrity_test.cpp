// Whatever happens to a file of the database: a start has all that was acknowledged, or says that it has not.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "aurora/core/cluster/cluster.h"
#include "aurora/store/maintenance.h"
#include "aurora/store/store.h"
#include "store/position_file.h"
#include "store/random_changes.h"
#include "store/raw_folder.h"
#include "store/record_key.h"
#include "store/rocks_database.h"
#include "support/load_all.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

void write_some(Store& store, StoreModel& model, Rng& rng, int commits) {
  for (int i = 0; i < commits; ++i) {
    const auto batch = random_changes(rng, model);
    REQUIRE(store.commit(batch).ok());
    model.apply(batch);
  }
}

// A database with tables, a log, and several starts behind it, as a killed scheduler leaves it: copied while
// open.
struct Killed {
  test::TempFolder folder;
  StoreModel model;

  explicit Killed(Rng& rng) {
    const test::TempFolder live;
    for (int start = 0; start < 3; ++start) {
      const auto store = open_rocks_store(live.path(), IfMissing::Initialize);
      REQUIRE(store.ok());
      REQUIRE(test::load_all(**store).ok());
      write_some(**store, model, rng, 40);
      if (start == 2) fs::copy(live.path(), path(), fs::copy_options::recursive);
    }
  }
  std::string path() const { return folder.path() + "/db"; }
};

// What it did, for the one who reads of a failure.
std::string damage(const fs::path& file, Rng& rng) {
  const auto size = static_cast<uint64_t>(fs::file_size(file));
  const uint64_t kind = size == 0 ? 2 : rng.below(5);
  const uint64_t at = size == 0 ? 0 : rng.below(size);
  const std::string name =
      file.filename().string() + " at " + std::to_string(at) + " of " + std::to_string(size);
  if (kind == 0) {
    fs::resize_file(file, at);
    return "cut " + name;
  }
  if (kind == 2) {
    fs::remove(file);
    return "removed " + name;
  }
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const int old = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(static_cast<char>(old ^ (1 << rng.below(8))));
  if (kind == 3) {
    for (int i = 0; i < 100; ++i) bytes.put('\0');
  }
  return (kind == 3 ? "zeroed from " : "flipped a bit in ") + name;
}

std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// All that a start takes, or why there is none.
Result<std::vector<core::Change>> start(const std::string& folder) {
  const auto store = TRY(open_rocks_store(folder));
  return test::load_all(*store);
}

TEST_CASE("a damaged file is noticed, or it held nothing that was acknowledged") {
  Rng rng(1);
  const Killed killed(rng);
  std::map<std::string, int> refused;
  for (int round = 0; round < 240; ++round) {
    const test::TempFolder folder;
    const std::string copy = folder.path() + "/copy";
    fs::copy(killed.path(), copy);
    const auto files = files_of(copy);
    const fs::path& file = files[static_cast<size_t>(round) % files.size()];
    const std::string kind =
        file.extension().empty() ? file.filename().string().substr(0, 8) : file.extension().string();
    INFO("round " << round << ": " << damage(file, rng));
    const auto before = contents_of(copy);
    const auto changes = start(copy);
    if (!changes.ok()) {
      INFO(changes.error().message);
      CHECK(changes.error().code == ErrorCode::DataLoss);
      CHECK(changes.error().message.find(copy) != std::string::npos);
      CHECK(changes.error().message.find("aurora admin store") != std::string::npos);
      CHECK(contents_of(copy) == before);
      ++refused[kind];
      continue;
    }
    StoreModel loaded;
    loaded.apply(*changes);
    CHECK(loaded == killed.model);
  }
  for (const char* kind : {".sst", ".log", "MANIFEST", "CURRENT"}) CHECK(refused[kind] > 0);
}

TEST_CASE("a refused start changes nothing in the folder") {
  Rng rng(2);
  const Killed killed(rng);
  for (const fs::path& file : files_of(killed.path())) {
    if (file.extension() == ".log") fs::resize_file(file, fs::file_size(file) / 2);
  }
  const auto before = contents_of(killed.path());
  const auto store = open_rocks_store(killed.path(), IfMissing::Initialize);
  REQUIRE(store.ok());
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = test::load_all(**store);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains("has lost what was acknowledged: it ends with commit") &&
                                            Catch::Contains("aurora admin store accept"));
    CHECK(contents_of(killed.path()) == before);
  }
}

TEST_CASE("a database from before positions is taken as it is, and counted from then on") {
  const test::TempFolder folder;
  Rng rng(3);
  StoreModel model;
  {
    const auto store = test::open_loaded(folder.path(), IfMissing::Initialize);
    write_some(**store, model, rng, 20);
  }
  {  // as an older program leaves it
    const auto database = open_to_write(folder.path());
    rocksdb::WriteBatch batch;
    for (const char* name : {"cluster_id", "commit"}) batch.Delete(database->table(Table::Meta), name);
    REQUIRE(database->rocksdb().Write(rocksdb::WriteOptions(), &batch).ok());
  }
  fs::remove(PositionFile::path_in(folder.path()));
  const auto store = open_rocks_store(folder.path());
  REQUIRE(store.ok());
  CHECK_FALSE((*store)->cluster_id().empty());
  StoreModel loaded;
  loaded.apply(*test::load_all(**store));
  CHECK(loaded == model);
  CHECK(PositionFile::read(folder.path()).has_value());
}

TEST_CASE("a move that is gone is missed, whichever it is") {
  for (int32_t gone = 1; gone <= 3; ++gone) {
    const test::TempFolder folder;
    core::Task task;
    task.id = core::TaskId("t");
    task.config = core::TaskConfigRef(core::TaskConfig());
    task.events = {{Instant{1}, core::TaskStatus::Pending, {}, {}}};
    const auto move_at = [&](int32_t index) {
      return core::TaskMoved{task.id, index, {{Instant{index}, core::TaskStatus::Lost, {}, {}}, {}, {}, {}, {}}};
    };
    const std::vector<core::Change> changes = {core::TaskSaved{task}, move_at(1), move_at(2), move_at(3)};
    { REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit(changes).ok()); }
    {
      const auto database = open_to_write(folder.path());
      auto& rocks = database->rocksdb();
      const std::string key = part_key("t", gone);
      REQUIRE(rocks.Delete(rocksdb::WriteOptions(), database->table(Table::Tasks), key).ok());
    }
    const auto store = test::open_loaded(folder.path());
    REQUIRE_FALSE(store.ok());
    CHECK_THAT(store.error().message, Catch::Contains("has lost what was acknowledged"));
    // Accepted as it is, the task goes on from where its history breaks off.
    REQUIRE(accept_store(folder.path()).ok());
    for (int32_t events = gone; events <= gone + 1; ++events) {
      const auto mended = open_rocks_store(folder.path());
      REQUIRE(mended.ok());
      const auto loaded = test::load_all(**mended);
      REQUIRE(loaded.ok());
      CHECK(std::get<core::TaskSaved>(loaded->front()).task.events.size() == static_cast<size_t>(events));
      REQUIRE((*mended)->commit({move_at(events)}).ok());
    }
  }
}

TEST_CASE("an event of an update that is gone is missed, whichever it is") {
  for (const Table table : {Table::UpdateEvents, Table::InstanceEvents}) {
    for (int32_t gone = 0; gone <= 2; ++gone) {
      CAPTURE(kTableNames[static_cast<size_t>(table)], gone);
      const test::TempFolder folder;
      core::JobUpdate update;
      update.key = {{"www", "prod", "web"}, core::UpdateId("u")};
      const core::UpdateEvent event{core::UpdateStatus::RollingForward, Instant{7}, "u", {}};
      const core::InstanceUpdateEvent instance_event{3, Instant{8}, core::InstanceAction::Updated, {}};
      update.events = {event, event, event};
      update.instance_events = {instance_event, instance_event, instance_event};
      REQUIRE((*test::open_loaded(folder.path(), IfMissing::Initialize))->commit({core::UpdateSaved{update}}).ok());
      {
        const auto database = open_to_write(folder.path());
        const std::string key = part_key(to_string(update.key), gone);
        REQUIRE(database->rocksdb().Delete(rocksdb::WriteOptions(), database->table(table), key).ok());
      }
      const auto refused = start(folder.path());
      REQUIRE_FALSE(refused.ok());
      CHECK_THAT(refused.error().message, Catch::Contains("has lost what was acknowledged"));
      // Accepted as it is, the update goes on from where its history breaks off.
      REQUIRE(accept_store(folder.path()).ok());
      for (int32_t left = gone; left <= gone + 1; ++left) {
        const auto mended = open_rocks_store(folder.path());
        REQUIRE(mended.ok());
        core::Cluster cluster;
        REQUIRE((*mended)->load([&](core::Change change) { cluster.apply(std::move(change)); }).ok());
        const core::JobUpdate* found = cluster.find_update(update.key);
        REQUIRE(found != nullptr);
        CHECK(found->events.size() == static_cast<size_t>(table == Table::UpdateEvents ? left : 3));
        CHECK(found->instance_events.size() == static_cast<size_t>(table == Table::InstanceEvents ? left : 3));
        const core::Change next = table == Table::UpdateEvents
                                      ? core::Change(core::UpdateEventAdded{update.key, left, event})
                                      : core::Change(core::InstanceEventAdded{update.key, left, instance_event});
        REQUIRE((*mended)->commit({next}).ok());
      }
    }
  }
}

TEST_CASE("an empty folder is no cluster until somebody says so") {
  const test::TempFolder folder;
  for (const std::string& path : {folder.path(), folder.path() + "/missing"}) {
    const auto refused = open_rocks_store(path);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains("there is no database in " + path) &&
                                            Catch::Contains("not mounted") &&
                                            Catch::Contains("--initialize"));
  }
  CHECK(fs::is_empty(folder.path()));
  std::string id;
  {
    const auto made = open_rocks_store(folder.path(), IfMissing::Initialize);
    REQUIRE(made.ok());
    id = (*made)->cluster_id();
    CHECK(id.size() == 36);
  }
  CHECK((*test::open_loaded(folder.path()))->cluster_id() == id);
  CHECK((*open_rocks_store(folder.path(), IfMissing::Initialize))->cluster_id() == id);
}

TEST_CASE("what shows that there was a database is not the beginning of a new one") {
  for (const char* left :
       {"position", "000009.sst", "MANIFEST-000004", "backups", "restoring", "replaced-20251231", "damaged-20251231"}) {
    const test::TempFolder folder;
    std::ofstream(folder.path() + "/" + left) << "x";
    const auto refused = open_rocks_store(folder.path(), IfMissing::Initialize);
    INFO(left);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains(" is damaged"));
  }
}

TEST_CASE("of a position file one slot may be damaged") {
  const test::TempFolder folder;
  auto file = PositionFile::open(folder.path(), {7, 70});
  REQUIRE(file.ok());
  REQUIRE((*file)->write({8, 80}).ok());
  CHECK(PositionFile::read(folder.path()) == Position{8, 80});
  const auto spoil = [&](std::streamoff at) {
    std::fstream bytes(PositionFile::path_in(folder.path()), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(at);
    bytes << "damage";
  };
  spoil(10);
  CHECK(PositionFile::read(folder.path()) == Position{7, 70});
  spoil(522);
  CHECK_FALSE(PositionFile::read(folder.path()).has_value());
}

// --- Copies.

BackupConfig config_of(const test::TempFolder& folder) { return {folder.path() + "/copies", hours(1), 3}; }

TEST_CASE("a copy that is restored is the database as it was, and what was there is put aside") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/db";
  const BackupConfig config = config_of(folder);
  Rng rng(4);
  StoreModel model;
  std::string id;
  {
    const auto store = test::open_loaded(path, IfMissing::Initialize);
    id = (*store)->cluster_id();
    write_some(**store, model, rng, 30);
    REQUIRE((*store)->make_backup(config).ok());
    StoreModel later = model;
    write_some(**store, later, rng, 30);
    const auto running = restore_store(path, config.folder, 0, Instant{1'700'000'000'000});
    REQUIRE_FALSE(running.ok());
    CHECK_THAT(running.error().message, Catch::Contains("in use by another process"));
  }
  const auto restored = restore_store(path, config.folder, 0, Instant{1'700'000'000'000});
  INFO((restored.ok() ? "" : restored.error().message));
  REQUIRE(restored.ok());
  CHECK(fs::exists(path + "/replaced-20231114-221320/CURRENT"));
  for (int start = 0; start < 2; ++start) {
    const auto store = open_rocks_store(path);
    REQUIRE(store.ok());
    CHECK((*store)->cluster_id() == id);
    CHECK((*store)->may_be_old() == (start == 0));
    StoreModel loaded;
    loaded.apply(*test::load_all(**store));
    CHECK(loaded == model);
    (*store)->forget_that_it_may_be_old();
  }
}

TEST_CASE("a restore puts nothing over what an earlier one put aside, also within a second") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/db";
  const BackupConfig config = config_of(folder);
  REQUIRE((*test::open_loaded(path, IfMissing::Initialize))->make_backup(config).ok());
  for (int i = 0; i < 3; ++i) {
    std::ofstream(path + "/mine") << i;
    REQUIRE(restore_store(path, config.folder, 0, Instant{1'700'000'000'000}).ok());
  }
  for (const char* aside : {"", "-2", "-3"})
    CHECK(fs::exists(path + "/replaced-20231114-221320" + aside + "/mine"));
}

TEST_CASE("what a newer program wrote is not accepted by this one") {
  const test::TempFolder folder;
  {
    const auto database = open_to_write(folder.path());
    rocksdb::WriteBatch batch;
    batch.Put(database->table(Table::Meta), "format", "99");
    REQUIRE(database->rocksdb().Write(rocksdb::WriteOptions(), &batch).ok());
  }
  const auto accepted = accept_store(folder.path());
  REQUIRE_FALSE(accepted.ok());
  CHECK_THAT(accepted.error().message, Catch::Contains("start the newer version"));
  CHECK(open_rocks_store(folder.path()).error().code == ErrorCode::FailedPrecondition);
}

TEST_CASE("copies are rotated, and one that is damaged is not restored") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/db";
  BackupConfig config = config_of(folder);
  Rng rng(5);
  StoreModel model;
  {
    const auto store = test::open_loaded(path, IfMissing::Initialize);
    for (int i = 0; i < 5; ++i) {
      write_some(**store, model, rng, 5);
      REQUIRE((*store)->make_backup(config).ok());
    }
  }
  const auto backups = list_backups(config.folder);
  REQUIRE(backups.ok());
  REQUIRE(backups->size() == 3);
  CHECK(backups->front().id == 3);
  for (const auto& entry : fs::recursive_directory_iterator(config.folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".log") fs::resize_file(entry.path(), 10);
  }
  const auto refused = restore_store(path, config.folder, 0, Instant{});
  REQUIRE_FALSE(refused.ok());
  CHECK(test::open_loaded(path).ok());  // untouched
}

TEST_CASE("a check says what is there and what is damaged") {
  Rng rng(6);
  const Killed killed(rng);
  const auto good = check_store(killed.path());
  REQUIRE(good.ok());
  CHECK(good->problems.empty());
  CHECK(good->records.at("tasks") == killed.model.tasks.size());
  CHECK(good->cluster_id.size() == 36);
  for (const fs::path& file : files_of(killed.path())) {
    if (file.extension() == ".log") fs::resize_file(file, fs::file_size(file) / 2);
  }
  const auto bad = check_store(killed.path());
  REQUIRE(bad.ok());
  REQUIRE(bad->problems.size() == 1);
  CHECK_THAT(bad->problems[0], Catch::Contains("has lost what was acknowledged"));

  REQUIRE(accept_store(killed.path()).ok());
  CHECK(check_store(killed.path())->problems.empty());
  const auto store = open_rocks_store(killed.path());
  REQUIRE(store.ok());
  CHECK((*store)->may_be_old());
  CHECK(test::load_all(**store).ok());
}

}  // namespace
}  // namespace aurora::store
