#include "aurora/os/beneath.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/temp_folder.h"

using namespace aurora;
namespace fs = std::filesystem;

TEST_CASE("no path leaves the folder") {
  const test::TempFolder folder;
  const std::string base = folder.path() + "/sandbox";
  fs::create_directories(base + "/sub");
  fs::create_directories(folder.path() + "/sandbox2");
  REQUIRE(os::write_file(folder.path() + "/secret", "secret").ok());
  REQUIRE(os::write_file(folder.path() + "/sandbox2/secret", "secret").ok());
  REQUIRE(os::write_file(base + "/file", "mine").ok());
  fs::create_symlink("file", base + "/inside");
  fs::create_symlink("../file", base + "/sub/up_but_inside");
  fs::create_symlink("/etc/passwd", base + "/absolute");
  fs::create_symlink("../secret", base + "/relative");
  fs::create_symlink("..", base + "/parent");
  fs::create_symlink("/", base + "/sub/root");
  fs::create_symlink("/proc/self/root", base + "/magic");
  ::mkfifo((base + "/pipe").c_str(), 0600);

  for (const char* path : {"file", "./file", "sub/../file", "inside", "sub/up_but_inside", ""}) {
    CAPTURE(path);
    CHECK(os::open_beneath(base, path).ok());
  }
  for (const char* path : {"..", "../secret", "../sandbox2/secret", "sub/../../secret", "/etc/passwd", "absolute",
                           "relative", "parent", "parent/secret", "sub/root/etc/passwd", "magic/etc/passwd", "pipe",
                           "missing", "file/x"}) {
    CAPTURE(path);
    CHECK_FALSE(os::open_beneath(base, path).ok());
  }
  CHECK_FALSE(os::open_beneath(base, std::string("file\0x", 6)).ok());
}

TEST_CASE("a sandbox that was exchanged for a link is not entered") {
  const test::TempFolder folder;
  fs::create_symlink("/etc", folder.path() + "/sandbox");
  CHECK_FALSE(os::open_beneath(folder.path() + "/sandbox", "passwd").ok());
}

TEST_CASE("folders are listed by name, with modes and sizes") {
  const test::TempFolder folder;
  REQUIRE(os::write_file(folder.path() + "/b.sh", "12345", 0755).ok());
  fs::permissions(folder.path() + "/b.sh", fs::perms(0755));
  fs::create_directory(folder.path() + "/a");
  fs::create_symlink("/nowhere", folder.path() + "/c");
  const Result<os::Fd> opened = os::open_beneath(folder.path(), "");
  REQUIRE(opened.ok());
  const auto page = os::list_folder(*opened, 0, 10);
  REQUIRE(page.ok());
  const auto* entries = &page->entries;
  REQUIRE(entries->size() == 3);
  CHECK(entries->at(0).is_folder);
  CHECK(entries->at(0).name == "a");
  CHECK(entries->at(1).mode == "-rwxr-xr-x");
  CHECK(entries->at(1).bytes == 5);
  CHECK(entries->at(2).mode[0] == 'l');
}

TEST_CASE("a large folder is listed in pages") {
  const test::TempFolder folder;
  for (char c = 'a'; c <= 'e'; ++c) REQUIRE(os::write_file(folder.path() + "/" + c, "").ok());
  const Result<os::Fd> opened = os::open_beneath(folder.path(), "");
  const auto names_of = [&](size_t offset, size_t limit) {
    const auto page = os::list_folder(*opened, offset, limit);
    CHECK(page->total == 5);
    CHECK(page->is_whole);
    std::string names;
    for (const os::FileInfo& entry : page->entries) names += entry.name;
    return names;
  };
  CHECK(names_of(0, 2) == "ab");
  CHECK(names_of(4, 2) == "e");
  CHECK(names_of(5, 2).empty());
  CHECK(names_of(SIZE_MAX, SIZE_MAX).empty());
  CHECK(names_of(1, SIZE_MAX) == "bcde");
}

TEST_CASE("a file is made below a folder and nowhere else, whatever lies on the way") {
  const test::TempFolder folder;
  const std::string base = folder.path() + "/sandbox";
  fs::create_directories(base);
  fs::create_directories(folder.path() + "/outside");
  REQUIRE(os::open_for_append_beneath(base, ".logs/p/0/stdout").ok());
  CHECK(fs::is_regular_file(base + "/.logs/p/0/stdout"));
  fs::create_symlink("../outside", base + "/link");
  fs::create_symlink("../outside/file", base + "/file_link");
  fs::create_directories(base + "/folder");
  REQUIRE(os::write_file(base + "/file", "").ok());
  ::mkfifo((base + "/pipe").c_str(), 0600);
  for (const char* path : {"link/stdout", "link/a/stdout", "file_link", "folder", "file/stdout", "pipe"}) {
    CAPTURE(path);
    CHECK_FALSE(os::open_for_append_beneath(base, path).ok());
  }
  CHECK_FALSE(fs::exists(folder.path() + "/outside/stdout"));
  CHECK_FALSE(fs::exists(folder.path() + "/outside/a"));
  CHECK_FALSE(fs::exists(folder.path() + "/outside/file"));
}

TEST_CASE("a file that was removed or replaced is told from the one that was opened") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/log";
  const auto file = os::open_for_append(path);
  CHECK(os::is_at(*file, path));
  os::remove_file(path);
  CHECK_FALSE(os::is_at(*file, path));
  REQUIRE(os::write_file(path, "another").ok());
  CHECK_FALSE(os::is_at(*file, path));
}
