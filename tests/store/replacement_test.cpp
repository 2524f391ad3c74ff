// A copy becomes the database: whenever the process is killed, one of the two is there.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "aurora/store/maintenance.h"
#include "aurora/store/staged_copy.h"
#include "store/backups.h"
#include "store/random_changes.h"
#include "store/raw_folder.h"
#include "store/replacement.h"
#include "support/load_all.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

constexpr Instant kNow{1'700'000'000'000};  // 2023-11-14 22:13:20

StoreModel load(Store& store) {
  const auto changes = test::load_all(store);
  REQUIRE(changes.ok());
  StoreModel model;
  model.apply(*changes);
  return model;
}
StoreModel load(const std::string& folder) {
  const auto store = open_rocks_store(folder);
  INFO((store.ok() ? "" : store.error().message));
  REQUIRE(store.ok());
  return load(**store);
}

// A database with a copy, and what happened since.
struct Database {
  test::TempFolder folder;
  std::string path = folder.path() + "/db";
  std::string id;
  BackupConfig backups{folder.path() + "/copies", hours(1), 9};
  Backup backup;
  StoreModel copied;
  StoreModel latest;

  explicit Database(uint64_t seed) {
    Rng rng(seed);
    const auto store = test::open_loaded(path, IfMissing::Initialize);
    id = (*store)->cluster_id();
    write_some(**store, rng);
    copied = latest;
    auto made = (*store)->make_backup(backups);
    REQUIRE(made.ok());
    backup = *made;
    write_some(**store, rng);
    REQUIRE(copied != latest);
  }
  void write_some(Store& store, Rng& rng) {
    for (int i = 0; i < 20; ++i) {
      const auto batch = random_changes(rng, latest);
      REQUIRE(store.commit(batch).ok());
      latest.apply(batch);
    }
  }
  StagedCopy::Source source() const { return {path, backups.folder, backup, id}; }
};

TEST_CASE("a staged copy is read and pruned beside the database, and the next start finds it") {
  const Database database(1);
  StoreModel pruned = database.copied;
  {
    const auto live = open_rocks_store(database.path);
    CHECK(load(**live) == database.latest);
    const auto staged = StagedCopy::unpack(database.source());
    INFO((staged.ok() ? "" : staged.error().message));
    REQUIRE(staged.ok());
    std::vector<core::Change> changes;
    REQUIRE((*staged)->load([&](core::Change change) { changes.push_back(std::move(change)); }).ok());
    StoreModel loaded;
    loaded.apply(changes);
    CHECK(loaded == database.copied);
    const std::vector<core::Change> deletion = {core::TaskDeleted{pruned.tasks.begin()->first}};
    REQUIRE((*staged)->commit(deletion).ok());
    pruned.apply(deletion);
    const auto aside = (*staged)->replace(kNow);
    INFO((aside.ok() ? "" : aside.error().message));
    REQUIRE(aside.ok());
    CHECK(*aside == "replaced-20231114-221320");
    CHECK((*live)->commit({}).ok());  // and whatever it still writes
  }
  CHECK_THAT(check_store(database.path).error().message, Catch::Contains("the next start of a scheduler"));
  const auto next = open_rocks_store(database.path);
  REQUIRE(next.ok());
  CHECK((*next)->may_be_old());
  CHECK((*next)->cluster_id() == database.id);
  CHECK(load(**next) == pruned);
  CHECK(load(database.path + "/replaced-20231114-221320") == database.latest);
}

TEST_CASE("a staged copy that is not wanted leaves nothing") {
  const Database database(2);
  const auto before = contents_of(database.path);
  {
    const auto staged = StagedCopy::unpack(database.source());
    REQUIRE(staged.ok());
    REQUIRE((*staged)->load([](const core::Change&) {}).ok());
  }
  CHECK(contents_of(database.path) == before);
}

TEST_CASE("a copy that is damaged, of another cluster, newer or none is refused with its place") {
  const Database database(3);
  StagedCopy::Source source = database.source();
  std::string expected;
  SECTION("cut off") {
    for (const auto& entry : fs::recursive_directory_iterator(database.backups.folder)) {
      if (entry.is_regular_file() && entry.path().extension() == ".log") fs::resize_file(entry.path(), 10);
    }
    expected = "Failed to read backup " + database.backups.folder + "/1: ";
  }
  SECTION("its list of files is no such list") {
    std::ofstream(database.backups.folder + "/meta/1") << "garbage";
    expected = "Failed to read backup " + database.backups.folder + "/1: ";
  }
  SECTION("another number") {
    source.backup.id = 7;
    expected = "Failed to read backup " + database.backups.folder + "/7: ";
  }
  SECTION("another cluster") {
    source.cluster_id = "11111111-2222-3333-4444-555555555555";
    expected = "is of the cluster with the id " + database.id;
  }
  SECTION("of a newer version") {
    const std::string newer = database.folder.path() + "/newer";
    const BackupConfig backups{newer + "-copies", hours(1), 9};
    {
      const auto database_of_newer = open_to_write(newer);
      rocksdb::WriteBatch batch;
      batch.Put(database_of_newer->table(Table::Meta), "format", "99");
      REQUIRE(database_of_newer->rocksdb().Write(rocksdb::WriteOptions(), &batch).ok());
      const auto made = make_backup(*database_of_newer, backups, "");
      REQUIRE(made.ok());
      source.backup = *made;
    }
    source.backup_folder = backups.folder;
    expected = "start the newer version";
  }
  const auto before = contents_of(database.path);
  const auto refused = StagedCopy::unpack(source);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, Catch::Contains(expected));
  CHECK_THAT(refused.error().message, Catch::Contains(source.backup_folder + "/" + std::to_string(source.backup.id)));
  CHECK(contents_of(database.path) == before);
  CHECK(load(database.path) == database.latest);
}

std::vector<fs::path> names_in(const std::string& folder) {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names, [](const auto& a, const auto& b) { return (a == "CURRENT") > (b == "CURRENT") || ((a == "CURRENT") == (b == "CURRENT") && a < b); });
  return names;
}

// As a kill leaves the folder after so many renames of put_in_place().
void rename_some(const std::string& folder, size_t renames) {
  const std::string aside = folder + "/replaced-20231114-221320";
  fs::create_directories(aside);
  for (const fs::path& name : names_in(folder)) {
    const bool stays = name == "restored" || name == "LOCK" || name.string().starts_with("replaced-");
    if (stays || renames == 0) continue;
    fs::rename(fs::path(folder) / name, fs::path(aside) / name);
    --renames;
  }
  if (renames-- == 0) return;
  fs::rename(folder + "/restored", folder + "/moving_in");
  std::vector<fs::path> names = names_in(folder + "/moving_in");
  std::ranges::reverse(names);  // CURRENT is the last
  for (const fs::path& name : names) {
    if (name == "replaces" || renames == 0) continue;
    fs::rename(fs::path(folder) / "moving_in" / name, fs::path(folder) / name);
    --renames;
  }
}

TEST_CASE("a kill at any moment of a replacement leaves the old database or the new one") {
  const Database database(4);
  SECTION("before it is decided: the old one") {
    const auto staged = StagedCopy::unpack(database.source());
    REQUIRE(staged.ok());
    const test::TempFolder folder;
    fs::copy(database.path, folder.path() + "/db", fs::copy_options::recursive);
    CHECK(load(folder.path() + "/db") == database.latest);
  }
  SECTION("after it: the new one") {
    {
      const auto staged = StagedCopy::unpack(database.source());
      REQUIRE(staged.ok());
      REQUIRE((*staged)->load([](const core::Change&) {}).ok());
      REQUIRE((*staged)->replace(kNow).ok());
    }
    for (size_t renames = 0; renames < 40; renames += renames < 4 ? 1 : 3) {
      INFO("after " << renames << " renames");
      const test::TempFolder folder;
      const std::string copy = folder.path() + "/db";
      fs::copy(database.path, copy, fs::copy_options::recursive);
      rename_some(copy, renames);
      const auto next = open_rocks_store(copy);
      INFO((next.ok() ? "" : next.error().message));
      REQUIRE(next.ok());
      CHECK((*next)->may_be_old());
      CHECK(load(**next) == database.copied);
      CHECK(check_store(copy + "/replaced-20231114-221320")->problems.empty());
      CHECK_FALSE(fs::exists(copy + "/restored"));
      CHECK_FALSE(fs::exists(copy + "/moving_in"));
    }
  }
}

TEST_CASE("whoever opens the folder of a database that was decided on puts it in place first") {
  const Database database(5);
  {
    const auto staged = StagedCopy::unpack(database.source());
    REQUIRE(staged.ok());
    REQUIRE((*staged)->load([](const core::Change&) {}).ok());
    REQUIRE((*staged)->replace(kNow).ok());
  }
  SECTION("a restore of another copy") {
    REQUIRE(restore_store(database.path, database.backups.folder, 0, kNow + seconds(1)).ok());
    CHECK(load(database.path + "/replaced-20231114-221320") == database.latest);
    CHECK(load(database.path + "/replaced-20231114-221321") == database.copied);
  }
  SECTION("accept") { REQUIRE(accept_store(database.path).ok()); }
  SECTION("import, which refuses") {
    const auto refused = import_store(database.path, []() -> Result<std::optional<std::string>> { return std::optional<std::string>(); });
    CHECK(refused.error().code == ErrorCode::AlreadyExists);
  }
  CHECK(load(database.path) == database.copied);
}

}  // namespace
}  // namespace aurora::store
