#include "executor/log_writer.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/base/rng.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;
namespace fs = std::filesystem;

namespace {

std::string text_of(const std::string& path) {
  const auto text = os::read_file(path);
  return text.ok() ? *text : "";
}

}  // namespace

TEST_CASE("a log rotates between lines, however its bytes arrive") {
  Rng rng(4711);
  for (int round = 0; round < 20; ++round) {
    const test::TempFolder folder;
    const std::string log = folder.path() + "/.logs/p/0/stdout";
    std::string all;
    for (int i = 0; i < 60; ++i) all += "line " + std::to_string(i) + std::string(rng.below(30), '.') + "\n";
    RotatingFile file({folder.path(), ".logs/p/0/stdout"}, 200, 100);
    for (size_t at = 0; at < all.size();) {
      const size_t size = std::min<size_t>(1 + rng.below(500), all.size() - at);
      file.write(std::string_view(all).substr(at, size));
      at += size;
    }
    std::string read;
    int files = 1;
    while (fs::exists(log + "." + std::to_string(files))) ++files;
    for (int i = files - 1; i >= 0; --i) {
      const std::string text = text_of(i == 0 ? log : log + "." + std::to_string(i));
      CHECK((text.empty() || text.ends_with('\n')));
      CHECK(text.size() < 240);
      read += text;
    }
    CHECK(read == all);
    CHECK(files > 4);
  }
}

TEST_CASE("a line without an end is cut, so that a log has a bound") {
  const test::TempFolder folder;
  RotatingFile file({folder.path(), "stdout"}, 1000, 100);
  for (int i = 0; i < 300; ++i) file.write(std::string(1000, 'x'));
  CHECK(text_of(folder.path() + "/stdout.1").size() == 1000 + (64 << 10));
}

TEST_CASE("after its folder was deleted a log goes on in a new one") {
  const test::TempFolder folder;
  const std::string log = folder.path() + "/.logs/p/0/stdout";
  RotatingFile file({folder.path(), ".logs/p/0/stdout"}, 1000, 2);
  file.write("before\n");
  fs::remove_all(folder.path() + "/.logs/p");
  file.write("after\n");
  CHECK(text_of(log) == "after\n");
  fs::rename(log, log + ".moved");
  file.write("last\n");
  CHECK(text_of(log) == "last\n");
}

TEST_CASE("a log folder that became a link, a file or a folder in the way is not written through") {
  const test::TempFolder folder;
  const std::string base = folder.path() + "/sandbox";
  fs::create_directories(folder.path() + "/outside/0");
  fs::create_directories(base);
  RotatingFile file({base, ".logs/p/0/stdout"}, 10, 2);
  file.write("one\n");
  fs::remove_all(base + "/.logs/p");
  fs::create_symlink("../../outside", base + "/.logs/p");
  for (int i = 0; i < 10; ++i) file.write("lost\n");
  CHECK(fs::is_empty(folder.path() + "/outside/0"));
  fs::remove(base + "/.logs/p");
  REQUIRE(os::write_file(base + "/.logs/p", "a file").ok());
  file.write("lost\n");
  CHECK(text_of(base + "/.logs/p") == "a file");
  fs::remove(base + "/.logs/p");
  file.write("again\n");
  CHECK(text_of(base + "/.logs/p/0/stdout") == "again\n");
}
