// States on the disk are read as they are, and left as they are.
#include "aurora/store/copy.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "store/backups.h"
#include "store/random_changes.h"
#include "store/raw_folder.h"
#include "support/load_all.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

// A database, two copies of it and an export.
struct Copied {
  test::TempFolder folder;
  std::string path = folder.path() + "/db";
  std::string copies = folder.path() + "/copies";
  std::string text = folder.path() + "/state.jsonl";
  std::string id;
  StoreModel first;
  StoreModel last;

  Copied() {
    {
      const auto store = test::open_loaded(path, IfMissing::Initialize);
      id = (*store)->cluster_id();
      Rng rng(3);
      change(**store, rng);
      first = last;
      REQUIRE((*store)->make_backup({copies, hours(1), 9}).ok());
      change(**store, rng);
      REQUIRE((*store)->make_backup({copies, hours(1), 9}).ok());
    }
    std::ofstream out(text);
    REQUIRE(export_store(path, [&](const std::string& line) -> Status {
              out << line << '\n';
              return Unit{};
            }).ok());
  }
  void change(Store& store, Rng& rng) {
    for (int i = 0; i < 30; ++i) {
      const auto batch = random_changes(rng, last);
      REQUIRE(store.commit(batch).ok());
      last.apply(batch);
    }
  }
};

StoreModel model_of(const Result<StateCopy>& copy, const std::string& id) {
  INFO((copy.ok() ? "" : copy.error().message));
  REQUIRE(copy.ok());
  CHECK(copy->cluster_id == id);
  StoreModel model;
  model.apply(copy->changes);
  return model;
}

std::string refusal(const std::string& path, uint32_t id = 0) {
  const auto copy = read_copy(path, id);
  return copy.ok() ? "" : copy.error().message;
}

TEST_CASE("a copy, an export and the folder of a stopped scheduler give the state, and stay as they are") {
  const Copied copied;
  CHECK(copied.first != copied.last);
  const auto before = contents_of(copied.folder.path());
  CHECK(model_of(read_copy(copied.copies), copied.id) == copied.last);
  CHECK(model_of(read_copy(copied.copies, 1), copied.id) == copied.first);
  CHECK(model_of(read_copy(copied.text), copied.id) == copied.last);
  CHECK(model_of(read_copy(copied.path), copied.id) == copied.last);
  CHECK(read_copy(copied.copies)->at.has_value());
  CHECK_FALSE(read_copy(copied.path)->at.has_value());
  CHECK(contents_of(copied.folder.path()) == before);
}

TEST_CASE("what is no copy, in use, cut off or of another version is refused by what is wrong with it") {
  const Copied copied;
  const std::string& top = copied.folder.path();
  CHECK(refusal(top + "/none") == "there is nothing at " + top + "/none");
  CHECK_THAT(refusal(top), Catch::StartsWith(top + " is neither a folder of copies "));
  CHECK(refusal(copied.copies, 7) == "there is no copy 7 in " + copied.copies + "; there are 1, 2");
  {
    const auto store = test::open_loaded(copied.path, IfMissing::Refuse);
    CHECK_THAT(refusal(copied.path), Catch::Contains("in use by another process") && Catch::Contains("its hourly copies are in " + copied.path + "/backups"));
  }
  const auto write = [&](const std::string& line) { std::ofstream(copied.text, std::ios::trunc) << line << '\n'; };
  fs::resize_file(copied.text, fs::file_size(copied.text) - 20);
  CHECK_THAT(refusal(copied.text), Catch::StartsWith(copied.text + ", "));
  write(R"({"export":"aurora","format":99,"clusterId":"c1"})");
  CHECK_THAT(refusal(copied.text), Catch::Contains("99"));
  write("jobs = []");
  CHECK_THAT(refusal(copied.text), Catch::Contains("this is no export of a scheduler's database"));
}

TEST_CASE("a copy that a newer version made is refused, and those before it are read") {
  const Copied copied;
  {
    const auto database = open_to_write(copied.path);
    rocksdb::WriteBatch batch;
    database->put(batch, Table::Meta, "format", "99");
    REQUIRE(database->write(batch).ok());
    REQUIRE(make_backup(*database, {copied.copies, hours(1), 9}, "").ok());
  }
  CHECK_THAT(refusal(copied.copies), Catch::StartsWith("the database in " + copied.copies + "/3 was written by aurora ") &&
                                         Catch::Contains("in format 99") && Catch::EndsWith("start the newer version"));
  CHECK(refusal(copied.copies, 2) == "");
}

}  // namespace
}  // namespace aurora::store
