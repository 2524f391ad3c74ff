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
  const auto entries = os::list_folder(*opened);
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 3);
  CHECK(entries->at(0).is_folder);
  CHECK(entries->at(0).name == "a");
  CHECK(entries->at(1).mode == "-rwxr-xr-x");
  CHECK(entries->at(1).bytes == 5);
  CHECK(entries->at(2).mode[0] == 'l');
}

TEST_CASE("disk use counts files once and follows no link") {
  const test::TempFolder folder;
  fs::create_directories(folder.path() + "/a/b");
  REQUIRE(os::write_file(folder.path() + "/a/b/file", std::string(100'000, 'x')).ok());
  fs::create_symlink("/usr", folder.path() + "/a/link");
  const int64_t bytes = os::measure_folder(folder.path(), 1000);
  CHECK(bytes >= 100'000);
  CHECK(bytes < 200'000);
}
