// The whole state as lines of JSON and back.
#include <catch2/catch.hpp>

#include <filesystem>

#include "aurora/store/maintenance.h"
#include "store/random_changes.h"
#include "support/load_all.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

Lines exported(const std::string& folder) {
  Lines lines;
  const auto done = export_store(folder, [&](const std::string& line) -> Status {
    lines.push_back(line);
    return Unit{};
  });
  REQUIRE(done.ok());
  CHECK(*done == lines.size() - 2);
  return lines;
}

Result<std::string> import(const std::string& folder, const Lines& lines) {
  size_t next = 0;
  return import_store(folder, [&]() -> Result<std::optional<std::string>> {
    return next < lines.size() ? std::optional(lines[next++]) : std::nullopt;
  });
}

StoreModel model_of(const std::string& folder) {
  const auto changes = test::load_all(**open_rocks_store(folder));
  REQUIRE(changes.ok());
  StoreModel model;
  model.apply(*changes);
  return model;
}

void fill(const std::string& folder, StoreModel& model) {
  const auto store = test::open_loaded(folder, IfMissing::Initialize);
  Rng rng(7);
  for (int step = 0; step < 200; ++step) {
    const auto batch = random_changes(rng, model);
    REQUIRE((*store)->commit(batch).ok());
    model.apply(batch);
  }
}

TEST_CASE("a database goes out and in as text, with its cluster's id, and is known to be old") {
  const test::TempFolder folder;
  StoreModel model;
  fill(folder.path() + "/a", model);
  const Lines lines = exported(folder.path() + "/a");
  const auto done = import(folder.path() + "/b", lines);
  REQUIRE(done.ok());
  CHECK_THAT(*done, Catch::EndsWith(" records are in place in " + folder.path() + "/b"));
  CHECK(model_of(folder.path() + "/b") == model);
  CHECK(exported(folder.path() + "/b") == lines);
  CHECK((*open_rocks_store(folder.path() + "/b"))->may_be_old());
  CHECK((*open_rocks_store(folder.path() + "/b"))->cluster_id() == (*open_rocks_store(folder.path() + "/a"))->cluster_id());
}

TEST_CASE("what is no whole export is refused with its line, and nothing is in place") {
  const test::TempFolder folder;
  StoreModel model;
  fill(folder.path() + "/a", model);
  const Lines lines = exported(folder.path() + "/a");
  const std::string target = folder.path() + "/b";
  const auto refused = [&](const Lines& text) {
    const auto done = import(target, text);
    REQUIRE_FALSE(done.ok());
    std::set<std::string> left;
    for (const auto& entry : fs::directory_iterator(target)) left.insert(entry.path().filename());
    left.erase("LOCK");
    CHECK(left.empty());
    return done.error().message;
  };
  const auto without = [&](size_t line) {
    Lines text = lines;
    text.erase(text.begin() + static_cast<std::ptrdiff_t>(line));
    return text;
  };
  const auto with = [&](size_t line, const std::string& other) {
    Lines text = lines;
    text[line] = other;
    return text;
  };
  CHECK(refused({}) == "line 1: the export is empty");
  CHECK_THAT(refused(without(0)), Catch::StartsWith("line 1: this is no export of a scheduler's database"));
  CHECK_THAT(refused(with(0, R"({"export":"aurora","format":9,"clusterId":"c"})")), Catch::Contains("format 9; this version reads format 1"));
  CHECK_THAT(refused(without(lines.size() - 1)), Catch::Contains("it was cut off"));
  CHECK_THAT(refused(without(3)), Catch::Contains("there should be " + std::to_string(lines.size() - 2) + " records"));
  CHECK_THAT(refused(with(2, "{")), Catch::StartsWith("line 3: "));
  CHECK_THAT(refused(with(2, R"({"taskMelted":{}})")), Catch::Contains("no record of the kind 'taskMelted'"));
  CHECK_THAT(refused(with(2, R"({"quotaSaved":{"quota":{"role":7}}})")), Catch::Contains("role"));
  Lines more = lines;
  more.push_back(lines[1]);
  CHECK_THAT(refused(more), Catch::Contains("behind the last line"));
  const auto onto = import(folder.path() + "/a", lines);
  CHECK_THAT(onto.error().message, Catch::StartsWith("there is a database in " + folder.path() + "/a, which stays as it is"));
  CHECK(model_of(folder.path() + "/a") == model);
}

}  // namespace
}  // namespace aurora::store
