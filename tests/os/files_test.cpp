#include "aurora/os/files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

using namespace aurora;

TEST_CASE("files: written, read, appended, replaced") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/a/b/file";
  REQUIRE(os::make_folders(folder.path() + "/a/b").ok());
  REQUIRE(os::make_folders(folder.path() + "/a/b").ok());
  REQUIRE(os::write_file(path, "one").ok());
  const Result<os::Fd> file = os::open_for_append(path);
  REQUIRE(file.ok());
  REQUIRE(os::append_all(*file, " two").ok());
  CHECK(*os::read_file(path) == "one two");
  REQUIRE(os::write_file(path + ".new", "three").ok());
  REQUIRE(os::replace_file(path + ".new", path).ok());
  CHECK(*os::read_file(path) == "three");
  CHECK(os::list_names(folder.path() + "/a/b") == std::vector<std::string>{"file"});
}

TEST_CASE("files: errors say what, where and why") {
  const test::TempFolder folder;
  const Result<std::string> missing = os::read_file(folder.path() + "/missing");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::NotFound);
  CHECK(missing.error().message == "cannot open " + folder.path() + "/missing: No such file or directory");
  const Status full = os::write_file("/dev/full", "x");
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().code == ErrorCode::ResourceExhausted);
  CHECK(full.error().message == "cannot write /dev/full: No space left on device");
  REQUIRE(os::write_file(folder.path() + "/large", std::string(100, 'x')).ok());
  CHECK_FALSE(os::read_file(folder.path() + "/large", 50).ok());
}

TEST_CASE("files: a lock belongs to one open file at a time") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/lock";
  const Result<os::Fd> second = os::open_for_append(path);
  {
    const Result<os::Fd> first = os::open_for_append(path);
    CHECK(os::try_lock(*first));
    CHECK_FALSE(os::try_lock(*second));
  }
  CHECK(os::try_lock(*second));
}

TEST_CASE("what was made for all to read becomes private") {
  const test::TempFolder folder;
  const std::string data = folder.path() + "/data";
  REQUIRE(os::make_folders(data + "/sub", 0755).ok());
  REQUIRE(os::write_file(data + "/000001.sst", "secret", 0644).ok());
  REQUIRE(os::make_private(data).ok());
  const auto mode_of = [](const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  CHECK(mode_of(data) == 0700);
  CHECK(mode_of(data + "/000001.sst") == 0600);
  os::make_passable(data);
  CHECK(mode_of(data) == 0711);
}
