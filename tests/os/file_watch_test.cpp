#include "aurora/os/file_watch.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/os/beneath.h"
#include "support/temp_folder.h"

namespace aurora::os {
namespace {

namespace fs = std::filesystem;

TEST_CASE("who watches a folder and a file is told what happens to them, once") {
  const test::TempFolder folder;
  auto watch = FileWatch::open();
  REQUIRE(watch.ok());
  REQUIRE(write_file(folder.path() + "/log", "").ok());
  fs::create_directory(folder.path() + "/tasks");
  const auto file = open_beneath(folder.path(), "log");
  const auto tasks = open_beneath(folder.path(), "tasks");
  const int log = *watch->add(*file, FileWatch::Tell::Always);
  const int made = *watch->add(*tasks, FileWatch::Tell::Always);
  CHECK(log != made);
  CHECK(watch->take().touched.empty());

  const auto out = open_for_append(folder.path() + "/log");
  REQUIRE(append_all(*out, "x").ok());
  REQUIRE(append_all(*out, "y").ok());
  fs::create_directory(folder.path() + "/tasks/t1");
  FileWatch::Changes changes = watch->take();
  CHECK(changes.touched == std::set<int>{log, made});
  REQUIRE(changes.made.size() == 1);
  CHECK(changes.made[0] == std::pair(made, std::string("t1")));
  CHECK(changes.gone.empty());
  CHECK(watch->take().touched.empty());

  fs::rename(folder.path() + "/log", folder.path() + "/moved");  // it is the same file
  REQUIRE(append_all(*out, "z").ok());
  CHECK(watch->take().touched == std::set<int>{log});
  fs::remove_all(folder.path() + "/tasks");
  changes = watch->take();
  CHECK(changes.touched.contains(made));
  watch->remove(log);
  REQUIRE(append_all(*out, "z").ok());
  CHECK_FALSE(watch->take().touched.contains(log));
}

TEST_CASE("a watch for one change ends with it, and may be set again") {
  const test::TempFolder folder;
  auto watch = FileWatch::open();
  const auto opened = open_beneath(folder.path(), "");
  const auto out = open_for_append(folder.path() + "/log");
  for (int round = 0; round < 3; ++round) {
    const int once = *watch->add(*opened, FileWatch::Tell::Once);
    REQUIRE(append_all(*out, "x").ok());
    REQUIRE(append_all(*out, "y").ok());
    const FileWatch::Changes changes = watch->take();
    CHECK(changes.touched == std::set<int>{once});
    CHECK(changes.gone == std::set<int>{once});
    REQUIRE(append_all(*out, "z").ok());
    CHECK(watch->take().touched.empty());
  }
}

TEST_CASE("a file has a mark of its own, which one that is made a moment later has not, and links have none") {
  const test::TempFolder folder;
  const auto opened = open_beneath(folder.path(), "");
  REQUIRE(write_file(folder.path() + "/log", "12345").ok());
  const auto mark = find_mark(*opened, "log");
  REQUIRE(mark);
  CHECK(mark->bytes == 5);
  CHECK(find_mark(*open_beneath(folder.path(), "log"))->id == mark->id);
  CHECK(mark->modified.ms > 1'700'000'000'000);
  fs::rename(folder.path() + "/log", folder.path() + "/moved");
  CHECK(find_mark(*opened, "moved")->id == mark->id);
  do {  // until the kernel's clock has gone on; the file's number may stay the same all the time
    fs::remove(folder.path() + "/moved");
    REQUIRE(write_file(folder.path() + "/moved", "").ok());
  } while (find_mark(*opened, "moved")->id == mark->id);
  fs::create_symlink("moved", folder.path() + "/link");
  CHECK_FALSE(find_mark(*opened, "link"));
  CHECK_FALSE(find_mark(*opened, "missing"));
  CHECK_FALSE(find_mark(*opened));
}

}  // namespace
}  // namespace aurora::os
