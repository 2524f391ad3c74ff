// Bytes that are kept and copied: output of commands, files here, and the shell's part of files there.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/local_copy.h"
#include "client/output_spool.h"
#include "client/remote_copy.h"
#include "client/ssh_command.h"
#include "support/temp_folder.h"

namespace aurora::client {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;
using Words = std::vector<std::string>;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

int mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return static_cast<int>(facts.st_mode) & 0777;
}

Words names_in(const std::string& folder) {
  Words names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string lines_of(OutputSpool& spool) {
  std::string all;
  spool.each_line([&](std::string_view line) { all += std::string(line) + "|"; });
  return all;
}

TEST_CASE("output is kept in lines, in memory and beyond") {
  const TempFolder folder;
  for (const size_t memory : {size_t{1}, size_t{100}}) {
    OutputSpool spool(folder.path(), {.memory_bytes_max = memory});
    for (const char* piece : {"one\ntw", "o\r\n", "\n", "last"}) spool.add(piece);
    CHECK(lines_of(spool) == "one|two||last|");
  }
  CHECK(names_in(folder.path()).empty());
  OutputSpool empty(folder.path());
  CHECK(lines_of(empty).empty());
}

TEST_CASE("output has a bound that is told, and a folder that cannot be written, too") {
  const TempFolder folder;
  OutputSpool much(folder.path(), {.memory_bytes_max = 4, .bytes_max = 10});
  for (int i = 0; i < 5; ++i) much.add("12345\n");
  CHECK(lines_of(much) == "12345|1234|[output beyond 10 bytes is left out]|");
  OutputSpool lost(folder.path() + "/none", {.memory_bytes_max = 4});
  lost.add("12345\n");
  lost.add("more\n");
  CHECK_THAT(lines_of(lost), Catch::StartsWith("12345|[the rest of the output is left out, as it cannot be kept in"));
}

TEST_CASE("a copy takes its place once it is whole") {
  const TempFolder folder;
  const std::string place = folder.path() + "/file";
  write_file(place, "old");
  {
    auto writer = LocalWriter::begin(place);
    REQUIRE(writer.ok());
    CHECK(writer->write("new").ok());
    CHECK(read_file(place) == "old");
    CHECK(names_in(folder.path()).size() == 2);
  }
  CHECK(names_in(folder.path()) == Words{"file"});
  auto writer = LocalWriter::begin(place);
  CHECK(writer->write("new").ok());
  CHECK(writer->finish(0750).ok());
  CHECK(read_file(place) == "new");
  CHECK(mode_of(place) == 0750);
  CHECK(names_in(folder.path()) == Words{"file"});
}

TEST_CASE("a copy into a folder has the source's name") {
  const TempFolder folder;
  const std::string& path = folder.path();
  CHECK(*LocalWriter::place_of(path, "x", false) == path + "/x");
  CHECK(*LocalWriter::place_of(path + "/", "x", true) == path + "/x");
  CHECK(*LocalWriter::place_of(path + "/y", "x", false) == path + "/y");
  CHECK(LocalWriter::place_of(path + "/y", "x", true).error().message == path + "/y: No such file or directory");
  fs::create_directory(path + "/x");
  CHECK(LocalWriter::place_of(path, "x", false).error().message == path + "/x: Is a directory");
  CHECK_FALSE(LocalWriter::begin(path + "/none/x").ok());
  auto nothing = LocalWriter::begin("/dev/null");
  CHECK(nothing->write("x").ok());
  CHECK(nothing->finish(0600).ok());
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a file is read as long as it was when it was opened") {
  const TempFolder folder;
  const std::string path = folder.path() + "/file";
  write_file(path, "12345");
  chmod(path.c_str(), 0751);
  auto reader = LocalReader::open(path);
  CHECK(reader->facts().bytes == 5);
  CHECK(reader->facts().mode == 0751);
  CHECK(*reader->read(3) == "123");
  std::ofstream(path, std::ios::app) << "67";
  CHECK(*reader->read(100) == "45");
  CHECK(reader->read(100)->empty());
  auto shortened = LocalReader::open(path);
  fs::resize_file(path, 2);
  CHECK(*shortened->read(100) == "12");
  CHECK_THAT(shortened->read(100).error().message, Catch::Contains("has become shorter"));
  CHECK(LocalReader::open(folder.path() + "/none").error().message == folder.path() + "/none: No such file or directory");
  CHECK_THAT(LocalReader::open(folder.path()).error().message, Catch::Contains("is a folder"));
  CHECK_THAT(LocalReader::open("/dev/null").error().message, Catch::Contains("not a regular file"));
}

TEST_CASE("what is passed on has no name") {
  const TempFolder folder;
  auto writer = LocalWriter::begin_nameless(folder.path());
  CHECK(writer->write("bytes").ok());
  CHECK(names_in(folder.path()).empty());
  LocalReader reader = writer->read_again(0700);
  CHECK(*reader.read(100) == "bytes");
  CHECK(reader.facts().mode == 0700);
}

TEST_CASE("what is fetched begins with its facts") {
  const auto facts = [](std::string received) {
    const auto taken = take_facts(received);
    if (!taken.ok()) return "wrong";
    if (!*taken) return "none yet";
    return (*taken)->bytes == 5 && (*taken)->mode == 0640 && received == "x\ny" ? "right" : "others";
  };
  CHECK(facts("aurora-copy 5 640\nx\ny") == std::string("right"));
  CHECK(facts("aurora-copy - -\n") == std::string("others"));
  CHECK(facts("aurora-c") == std::string("none yet"));
  for (const char* wrong : {"welcome!\n", "aurora-copy 5\n", "aurora-copy x 640\n", "aurora-copy -5 640\n", "aurora-copy 5 9\n"}) {
    INFO(wrong);
    CHECK(facts(wrong) == std::string("wrong"));
  }
  CHECK(facts(std::string(200, 'x')) == std::string("wrong"));
}

// The words of a script in a folder, by a shell of this machine; what it says.
struct Ran {
  int code;
  std::string out;
  std::string err;
};
Ran run_script(const TempFolder& folder, const Words& words, const std::string& input = "") {
  const TempFolder beside;
  const std::string& path = beside.path();
  write_file(path + "/in", input);
  Words all{"sh", "-c", "cd \"$1\" && b=$2 && shift 2 && exec \"$@\" <$b/in >$b/out 2>$b/err", "x", folder.path(), path};
  all.insert(all.end(), words.begin(), words.end());
  const auto code = run_program(all, "");
  return {code.ok() ? *code : -1, read_file(path + "/out"), read_file(path + "/err")};
}

TEST_CASE("the script that fetches tells the facts and then the bytes") {
  const TempFolder folder;
  write_file(folder.path() + "/a b", "one\ntwo");
  write_file(folder.path() + "/-n", "dash");
  chmod((folder.path() + "/a b").c_str(), 0640);
  fs::create_directory(folder.path() + "/folder");
  const auto fetch = [&](const std::string& path) { return run_script(folder, fetch_words(path, false)); };
  CHECK(fetch("a b").out == "aurora-copy 7 640\none\ntwo");
  CHECK(fetch("-n").out.ends_with("\ndash"));
  CHECK(fetch("none").code == 1);
  CHECK(fetch("none").err == "none: No such file or directory\n");
  CHECK_THAT(fetch("folder").err, Catch::Contains("folder: is a folder"));
  CHECK_THAT(fetch("/dev/null").err, Catch::Contains("not a regular file"));
  CHECK(fetch("folder/../a b").code == 0);
  CHECK(run_script(folder, fetch_words("none", true)).code == 1);
}

TEST_CASE("the script that stores puts a file in its place once all of it has arrived") {
  const TempFolder folder;
  const std::string& path = folder.path();
  fs::create_directory(path + "/folder");
  const auto store = [&](const StoreWish& wish, const std::string& bytes, int64_t size, int mode = 0644) {
    return run_script(folder, store_words(wish, {size, mode}, false), bytes);
  };
  CHECK(store({"new", "x", false}, "bytes", 5, 0751).code == 0);
  CHECK(read_file(path + "/new") == "bytes");
  CHECK(mode_of(path + "/new") == 0751);
  CHECK(store({"folder", "name", true}, "in", 2).code == 0);
  CHECK(read_file(path + "/folder/name") == "in");
  CHECK(store({"-rf", "x", false}, "dash", 4).code == 0);
  CHECK(read_file(path + "/-rf") == "dash");
  const Ran cut = store({"new", "x", false}, "byt", 5);
  CHECK(cut.code == 1);
  CHECK(cut.err == "new: 3 of 5 bytes have arrived\n");
  CHECK(read_file(path + "/new") == "bytes");
  CHECK(store({"new", "x", true}, "", 0).err == "new: Not a directory\n");
  fs::create_directory(path + "/folder/sub");
  CHECK(store({"folder", "sub", false}, "", 0).err == "folder/sub: Is a directory\n");
  CHECK(store({"/dev/null", "x", false}, "gone", 4).code == 0);
  CHECK(store({"none/x", "x", false}, "", 0).code != 0);
  CHECK(names_in(path) == Words{"-rf", "folder", "new"});
  CHECK(names_in(path + "/folder") == Words{"name", "sub"});
}

TEST_CASE("a task without the programs that copying needs says which") {
  const TempFolder folder;
  const auto without = [&](Words words) {
    words[2] = "PATH=/nowhere\n" + words[2];
    return run_script(folder, words).err;
  };
  CHECK_THAT(without(fetch_words("x", false)), Catch::StartsWith("there is no cat in this task"));
  CHECK_THAT(without(store_words({"x", "x", false}, {0, 0644}, false)), Catch::StartsWith("there is no cat in this task"));
}

}  // namespace
}  // namespace aurora::client
