#include "aurora/os/layer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "aurora/base/rng.h"
#include "aurora/base/sha256.h"
#include "aurora/os/beneath.h"
#include "aurora/os/users.h"
#include "support/tar_text.h"
#include "support/temp_folder.h"

using namespace aurora;
using test::TarText;

namespace {

// A folder that layers are unpacked into, and one beside it that nothing may reach.
class Box {
 public:
  Box() {
    REQUIRE(os::make_folders(root()).ok());
    REQUIRE(os::write_file(outside(), "untouched").ok());
  }
  std::string root() const { return folder_.path() + "/root"; }
  std::string outside() const { return folder_.path() + "/outside"; }

  Status unpack(const std::string& tar) { return unpack(tar, budget); }
  Status unpack(const std::string& tar, os::UnpackBudget& left) {
    REQUIRE(os::write_file(folder_.path() + "/layer.tar", tar).ok());
    const Result<os::Fd> archive = os::open_archive(folder_.path(), "layer.tar", "");
    REQUIRE(archive.ok());
    const os::Fd folder(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return os::unpack_layer(*archive, folder, left);
  }
  std::string read(const std::string& path) const {
    const Result<std::string> text = os::read_file(root() + "/" + path);
    return text.ok() ? *text : "<none>";
  }
  bool has(const std::string& path) const {
    struct stat status {};
    return ::lstat((root() + "/" + path).c_str(), &status) == 0;
  }
  int mode(const std::string& path) const {
    struct stat status {};
    return ::lstat((root() + "/" + path).c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 07777)
                                                                : -1;
  }
  std::string refusal(const std::string& tar) {
    const Status status = unpack(tar);
    CHECK(os::read_file(outside()).ok());
    return status.ok() ? "accepted" : status.error().message;
  }
  test::TempFolder& folder() { return folder_; }

  os::UnpackBudget budget{1 << 20, 1000};

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("a layer brings files, folders and links, and no powers") {
  if (!os::is_root()) return;
  Box box;
  const std::string tar = TarText()
                              .folder("etc")
                              .file("etc/motd", "hello", 0640)
                              .file("./usr//bin/tool", "x", 06755)
                              .link("bin", "usr/bin")
                              .hard_link("etc/same", "etc/motd")
                              .device("dev/null")
                              .file("/absolute", "below")
                              .file("bin/through", "a link inside")
                              .text();
  REQUIRE(box.unpack(tar).ok());
  CHECK(box.read("etc/motd") == "hello");
  CHECK(box.mode("etc/motd") == 0640);
  CHECK(box.mode("usr/bin/tool") == 0755);
  CHECK(box.read("etc/same") == "hello");
  CHECK_FALSE(box.has("dev/null"));
  CHECK(box.read("absolute") == "below");
  CHECK(box.read("usr/bin/through") == "a link inside");
}

TEST_CASE("a layer replaces and deletes what layers before it brought") {
  if (!os::is_root()) return;
  Box box;
  REQUIRE(box.unpack(TarText()
                         .file("a/1", "1")
                         .file("a/2", "2")
                         .file("b/deep/3", "3")
                         .file("c", "4")
                         .file("d/x", "5")
                         .text())
              .ok());
  REQUIRE(box.unpack(TarText()
                         .file("a/new", "n")
                         .file("a/.wh..wh..opq", "")
                         .file("b/.wh.deep", "")
                         .file("c/inner", "a folder now")
                         .text())
              .ok() == false);  // c is a file, and nothing says that it is a folder
  REQUIRE(
      box.unpack(TarText().folder("c").file("c/inner", "a folder now").file("d", "a file now").text()).ok());
  CHECK(box.read("a/new") == "n");
  CHECK_FALSE(box.has("a/1"));
  CHECK_FALSE(box.has("a/2"));
  CHECK_FALSE(box.has("b/deep"));
  CHECK(box.has("b"));
  CHECK(box.read("c/inner") == "a folder now");
  CHECK(box.read("d") == "a file now");
  CHECK_FALSE(box.has("a/.wh..wh..opq"));
}

TEST_CASE("nothing in a layer leads out of its folder") {
  if (!os::is_root()) return;
  Box box;
  const std::string out = box.folder().path();
  CHECK(box.refusal(TarText().file("../outside", "x").text()) == "'../outside' leads out of the image");
  CHECK(box.refusal(TarText().file("a/../../outside", "x").text()) ==
        "'a/../../outside' leads out of the image");
  CHECK(box.refusal(TarText().hard_link("stolen", "../outside").text()) ==
        "'../outside' leads out of the image");
  CHECK(box.refusal(TarText().file("a/.wh...", "x").text()) == "'a/.wh...' deletes no file");
  CHECK(box.refusal(TarText().file("a/.wh..", "x").text()) == "'a/.wh..' deletes no file");
  // A link may lead anywhere: it is followed in the image only.
  CHECK(box.refusal(TarText().link("out", out).file("out/outside", "x").text()) != "accepted");
  CHECK(box.refusal(TarText().link("up", "../..").file("up/outside", "inside").text()) == "accepted");
  CHECK(box.read("outside") == "inside");
  CHECK(box.refusal(TarText().link("twice", box.outside()).file("twice", "replaced").text()) == "accepted");
  CHECK(box.read("twice") == "replaced");
  CHECK(*os::read_file(box.outside()) == "untouched");
  std::string deep;
  for (int i = 0; i < 101; ++i) deep += "d/";
  CHECK(box.refusal(TarText().file(deep + "x", "").text()).find("100 folders deep") != std::string::npos);
}

TEST_CASE("a whiteout that comes late deletes what layers before have brought, in folders, too") {
  if (!os::is_root()) return;
  Box box;
  REQUIRE(box.unpack(TarText().file("a/old", "x").file("a/b/old", "x").file("c/old", "x").file("d", "x").text()).ok());
  REQUIRE(box.unpack(TarText().file("a/b/new", "y").file("a/.wh..wh..opq", "").file("c/new", "y").file(".wh.c", "").file("d", "y").file(".wh.d", "").text()).ok());
  CHECK(box.read("a/b/new") == "y");
  CHECK_FALSE(box.has("a/old"));
  CHECK_FALSE(box.has("a/b/old"));
  CHECK(box.read("c/new") == "y");
  CHECK_FALSE(box.has("c/old"));
  CHECK(box.read("d") == "y");
}

TEST_CASE("folders that links make deeper than any path are deleted all the same") {
  if (!os::is_root()) return;
  Box box;
  std::string deep = "d";
  for (int i = 1; i < 95; ++i) deep += "/d";
  TarText tar;
  std::string base;
  for (int i = 0; i < 20; ++i) {  // 1,900 folders
    const std::string path = base.empty() ? deep : base + "/" + deep;
    const std::string link = "l" + std::to_string(i);
    tar.file(path + "/f", "x").link(link, path);
    base = link;
  }
  box.budget.entries = 10'000;
  REQUIRE(box.unpack(tar.text()).ok());
  REQUIRE(box.unpack(TarText().file(".wh.d", "").text()).ok());
  CHECK_FALSE(box.has("d"));
}

TEST_CASE("what is unpacked is bounded, and damage is told") {
  if (!os::is_root()) return;
  Box box;
  os::UnpackBudget bytes{100, 10};
  CHECK(box.unpack(TarText().file("a", std::string(101, 'x')).text(), bytes).error().message ==
        "it has more than 100 bytes");
  os::UnpackBudget sum{100, 10};
  CHECK_FALSE(
      box.unpack(TarText().file("a", std::string(60, 'x')).file("b", std::string(60, 'x')).text(), sum).ok());
  os::UnpackBudget entries{100, 2};
  CHECK(box.unpack(TarText().file("a", "").file("b", "").file("c", "").text(), entries).error().message ==
        "it has more than 2 files");
  const std::string tar = TarText().file("a", std::string(5000, 'x')).text();
  CHECK(box.refusal(tar.substr(0, 3000)).starts_with("the archive is damaged"));
  CHECK(box.refusal("this is no archive at all, but a text of some length\n")
            .starts_with("the archive is damaged"));
}

TEST_CASE("whatever is wrong with an archive, nothing outside is touched") {
  if (!os::is_root()) return;
  const std::string sound = TarText()
                                .folder("a")
                                .file("a/f", "content")
                                .link("l", "../../..")
                                .hard_link("a/h", "a/f")
                                .file("l/outside", "x")
                                .file("a/.wh.f", "")
                                .text();
  Rng rng(7);
  Box box;
  for (int round = 0; round < 300; ++round) {
    std::string tar = sound;
    for (uint64_t flips = 1 + rng.below(4); flips > 0; --flips)
      tar[rng.below(tar.size())] = static_cast<char>("\0./.wx0~\xff"[rng.below(9)]);
    if (rng.below(4) == 0) tar.resize(rng.below(tar.size()));
    os::UnpackBudget budget{10'000, 100};
    static_cast<void>(box.unpack(tar, budget));
    REQUIRE(*os::read_file(box.outside()) == "untouched");
  }
  CHECK(os::list_names(box.folder().path()).size() == 3);  // the root, the one outside and the archive
}

TEST_CASE("an archive is what its digest says") {
  test::TempFolder folder;
  REQUIRE(os::write_file(folder.path() + "/blob", "content").ok());
  const std::string digest = to_hex(sha256("content"));
  const Result<os::Fd> file = os::open_archive(folder.path(), "blob", digest);
  REQUIRE(file.ok());
  CHECK(*os::read_some(*file, 100) == "content");
  CHECK(os::open_archive(folder.path(), "blob", to_hex(sha256("other"))).error().message ==
        "blob has other bytes than its digest says");
  REQUIRE(os::make_link("/etc/passwd", folder.path() + "/link").ok());
  CHECK_FALSE(os::open_archive(folder.path(), "link", "").ok());
}

TEST_CASE("links in a root lead to what they name there") {
  test::TempFolder folder;
  REQUIRE(os::make_folders(folder.path() + "/etc").ok());
  REQUIRE(os::write_file(folder.path() + "/etc/passwd", "ours").ok());
  REQUIRE(os::make_link("/etc/passwd", folder.path() + "/link").ok());
  REQUIRE(os::make_link("../../../etc/passwd", folder.path() + "/up").ok());
  for (const char* path : {"link", "up", "/etc/passwd", "../etc/passwd"}) {
    const Result<os::Fd> file = os::open_in_root(folder.path(), path);
    REQUIRE(file.ok());
    CHECK(*os::read_at(*file, 0, 10) == "ours");
  }
}
