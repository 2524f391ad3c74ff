#include "aurora/os/tree.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;
namespace fs = std::filesystem;

namespace {

const os::GoesOn kAlways = [] { return true; };

// `depth` folders, each in the one before: longer than any path may be.
void make_deep(const std::string& folder, int depth) {
  os::Fd at(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < depth; ++i) {
    REQUIRE(::mkdirat(at.get(), "d", 0755) == 0);
    at = os::Fd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(at.is_open());
  }
  const os::Fd file(::openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  REQUIRE(::write(file.get(), "x", 1) == 1);
}

size_t count_open() { return os::list_names("/proc/self/fd").size(); }

}  // namespace

TEST_CASE("disk use counts files once and follows no link") {
  const test::TempFolder folder;
  fs::create_directories(folder.path() + "/a/b");
  REQUIRE(os::write_file(folder.path() + "/a/b/file", std::string(100'000, 'x')).ok());
  fs::create_symlink("/usr", folder.path() + "/a/link");
  const os::TreeSize size = os::measure_tree(folder.path(), kAlways);
  CHECK(size.bytes >= 100'000);
  CHECK(size.bytes < 200'000);
  CHECK(size.entries == 4);
  CHECK(size.is_whole);
  fs::create_symlink("/usr", folder.path() + "/sandbox");
  CHECK(os::measure_tree(folder.path() + "/sandbox", kAlways).entries == 0);
}

TEST_CASE("a tree 25,000 folders deep is measured and deleted with few open files") {
  const test::TempFolder folder;
  const std::string deep = folder.path() + "/deep";
  REQUIRE(os::make_folders(deep).ok());
  make_deep(deep, 25'000);
  const size_t before = count_open();
  size_t most = 0;
  const os::GoesOn watching = [&] {
    most = std::max(most, count_open());
    return true;
  };
  const os::TreeSize size = os::measure_tree(deep, watching);
  CHECK(size.entries == 25'001);
  CHECK(size.bytes > 0);
  CHECK(size.is_whole);
  CHECK(os::delete_tree(deep, watching).ok());
  CHECK_FALSE(os::exists(deep));
  CHECK(most <= before + 70);
  CHECK(count_open() == before);
}

TEST_CASE("a walk ends when it is told to") {
  const test::TempFolder folder;
  for (int i = 0; i < 1000; ++i) REQUIRE(os::write_file(folder.path() + "/" + std::to_string(i), "").ok());
  const os::TreeSize size = os::measure_tree(folder.path(), [] { return false; });
  CHECK_FALSE(size.is_whole);
  CHECK(size.entries < 1000);
  const Status deleted = os::delete_tree(folder.path(), [] { return false; });
  REQUIRE_FALSE(deleted.ok());
  CHECK(deleted.error().code == ErrorCode::DeadlineExceeded);
}

TEST_CASE("deleting takes what is in the tree and nothing that its links lead to") {
  const test::TempFolder folder;
  const std::string tree = folder.path() + "/tree";
  REQUIRE(os::make_folders(folder.path() + "/outside").ok());
  REQUIRE(os::write_file(folder.path() + "/outside/kept", "x").ok());
  fs::create_directories(tree + "/a/b/c");
  fs::create_symlink("../outside", tree + "/link");
  fs::create_symlink(folder.path() + "/outside", tree + "/a/b/c/link");
  ::mkfifo((tree + "/a/pipe").c_str(), 0600);
  REQUIRE(os::make_folders(tree + "/closed/sub").ok());
  REQUIRE(os::write_file(tree + "/closed/sub/file", "x").ok());
  ::chmod((tree + "/closed/sub").c_str(), 0);
  ::chmod((tree + "/closed").c_str(), 0);
  REQUIRE(os::delete_tree(tree, kAlways).ok());
  CHECK_FALSE(os::exists(tree));
  CHECK(os::exists(folder.path() + "/outside/kept"));
  CHECK(os::delete_tree(tree, kAlways).ok());
  fs::create_symlink(folder.path() + "/outside", tree);
  CHECK_FALSE(os::delete_tree(tree, kAlways).ok());
  CHECK(os::exists(folder.path() + "/outside/kept"));
}

TEST_CASE("a folder that is exchanged for a link again and again leads no walk out of the tree") {
  const test::TempFolder folder;
  const std::string tree = folder.path() + "/tree";
  const std::string outside = folder.path() + "/outside";
  fs::create_directories(outside + "/deep");
  REQUIRE(os::write_file(outside + "/deep/kept", std::string(1 << 20, 'x')).ok());
  fs::create_directories(tree);
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    const std::string entry = tree + "/e";
    while (!stop) {
      ::mkdir(entry.c_str(), 0755);
      ::rmdir(entry.c_str());
      static_cast<void>(!::symlink(outside.c_str(), entry.c_str()));
      ::unlink(entry.c_str());
    }
  });
  for (int i = 0; i < 2000; ++i) CHECK(os::measure_tree(tree, kAlways).bytes < 1 << 20);
  for (int i = 0; i < 500; ++i) {
    static_cast<void>(os::delete_tree(tree, kAlways));
    ::mkdir(tree.c_str(), 0755);
  }
  stop = true;
  swapper.join();
  CHECK(os::exists(outside + "/deep/kept"));
}
