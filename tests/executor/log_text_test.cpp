#include "executor/log_text.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/base/rng.h"
#include "support/temp_folder.h"

namespace aurora::executor {
namespace {

SandboxFile open_file(const std::string& folder, const std::string& name) {
  auto opened = os::open_beneath(folder, name);
  REQUIRE(opened.ok());
  return SandboxFile::from(std::move(*opened));
}

class Files {
 public:
  LogText open(const std::vector<std::string>& contents) {
    std::vector<SandboxFile> pieces;
    for (const std::string& content : contents) {
      const std::string name = "piece" + std::to_string(++count_);
      REQUIRE(os::write_file(folder_.path() + "/" + name, content).ok());
      pieces.push_back(open_file(folder_.path(), name));
    }
    return LogText(std::move(pieces));
  }

 private:
  test::TempFolder folder_;
  int count_ = 0;
};

std::vector<std::string> all_lines(LogText& text) {
  std::vector<std::string> lines;
  while (auto line = text.read_line()) lines.push_back(line->text);
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("lines are read across rotated files; the last may have no end") {
  Files files;
  LogText text = files.open({"one\ntwo\n", "", "three\n\nfour"});
  Lines lines;
  std::string finished;
  while (auto line = text.read_line()) {
    lines.push_back(line->text);
    finished += line->is_finished ? "y" : "n";
  }
  CHECK(lines == Lines{"one", "two", "three", "", "four"});
  CHECK(finished == "yyyyn");
  CHECK(text.is_at_end());
  LogText cut = files.open({"torn", "by a rotation\n"});
  CHECK(all_lines(cut) == Lines{"torn", "by a rotation"});
  LogText empty = files.open({"", ""});
  CHECK(all_lines(empty).empty());
  LogText nothing = files.open({});
  CHECK(nothing.is_empty());
  CHECK(all_lines(nothing).empty());
}

TEST_CASE("of a long line the beginning is shown and the rest is counted") {
  Files files;
  const size_t shown = LogText::kShownMax;
  for (const size_t size : {shown - 1, shown, shown + 1, 5 * shown, 3 * shown + 7}) {
    LogText text = files.open({"before\n" + std::string(size, 'x') + "\nafter\n"});
    CHECK(text.read_line()->text == "before");
    const auto line = text.read_line();
    CHECK(line->text.size() == std::min(size, shown));
    CHECK(line->cut_bytes == static_cast<int64_t>(size - line->text.size()));
    CHECK(line->is_finished);
    CHECK(text.read_line()->text == "after");
    LogText unfinished = files.open({std::string(size, 'x')});
    const auto last = unfinished.read_line();
    CHECK(last->cut_bytes == static_cast<int64_t>(size - last->text.size()));
    CHECK_FALSE(last->is_finished);
    CHECK_FALSE(unfinished.read_line());
  }
}

TEST_CASE("what begins in the middle of a line says so") {
  Files files;
  LogText text = files.open({"0123456789\nnext\n"});
  text.seek({0, 4});
  auto line = text.read_line();
  CHECK(line->text == "456789");
  CHECK(line->has_begun_before);
  line = text.read_line();
  CHECK_FALSE(line->has_begun_before);
  CHECK(text.begin_of_line({0, 4}) == LogText::Place{0, 0});
  CHECK(text.begin_of_line({0, 13}) == LogText::Place{0, 11});
  CHECK(text.begin_of_line({0, 11}) == LogText::Place{0, 11});
}

TEST_CASE("lines before a place are found across files, whatever their lengths, as reading forward finds them") {
  Files files;
  Rng rng(3);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> contents(1 + rng.below(4));
    for (std::string& content : contents) {
      for (uint64_t n = rng.below(20); n > 0; --n) {
        content += std::string(rng.below(10) == 0 ? rng.below(150'000) : rng.below(8), 'x') + "\n";
      }
      if (rng.below(4) == 0) content += "without an end";
    }
    LogText text = files.open(contents);
    std::vector<LogText::Place> begins;
    while (auto line = text.read_line()) begins.push_back(line->begin);
    for (size_t wanted = 0; wanted <= begins.size() + 2; ++wanted) {
      const LogText::Place expected = wanted == 0              ? text.end()
                                      : wanted > begins.size() ? begins.empty() ? text.end() : begins.front()
                                                               : begins[begins.size() - wanted];
      text.seek(text.back_up(text.end(), wanted, {}));
      size_t count = 0;
      const auto first = text.read_line();
      if (wanted > 0 && !begins.empty()) {
        REQUIRE(first);
        CHECK(first->begin == expected);
        for (count = 1; text.read_line();) ++count;
      }
      CHECK(count == std::min(wanted, begins.size()));
    }
  }
}

TEST_CASE("looking for lines before a place ends after 4 MiB, and at the place it was told") {
  Files files;
  LogText text = files.open({std::string(10 << 20, 'x')});
  const LogText::Place place = text.back_up(text.end(), 1, {});
  CHECK(place.offset >= 5 << 20);
  CHECK(place.offset <= 6 << 20);
  LogText lines = files.open({"a\nb\nc\nd\n"});
  CHECK(lines.back_up({0, 8}, 9, {0, 4}) == LogText::Place{0, 4});
  CHECK(lines.back_up({0, 8}, 0, {}) == LogText::Place{0, 8});
}

TEST_CASE("a text is found wherever the bytes that are looked at together end") {
  Files files;
  const std::string needle = "needle";
  for (const size_t before : {0ul, 1ul, 262'144ul - 7, 262'144ul - 6, 262'144ul - 3, 262'144ul, 600'000ul}) {
    CAPTURE(before);
    LogText text = files.open({std::string(before, 'x') + needle + "\nmore\n"});
    LogSearch search(needle, false);
    CHECK(text.find_next(search) == LogText::Place{0, static_cast<int64_t>(before)});
    text.seek({0, static_cast<int64_t>(before) + 1});
    CHECK_FALSE(text.find_next(search));
    CHECK(text.is_at_end());
  }
}

TEST_CASE("a text is found in later files, not across their borders, and with other capitals if wanted") {
  Files files;
  LogText text = files.open({"nothing\nnee", "dle\n", "here is a NeeDLe\n"});
  LogSearch exact("needle", false);
  CHECK_FALSE(text.find_next(exact));
  text.seek({});
  LogSearch any("nEEdle", true);
  CHECK(text.find_next(any) == LogText::Place{2, 10});
  CHECK(any.is_in("a NEEDLE"));
  CHECK_FALSE(exact.is_in("a NEEDLE"));
  LogText umlauts = files.open({"GR\xC3\x9CN [gr\xC3\xBCn] @`\n"});
  LogSearch green("gr\xC3\xBCn", true);
  CHECK(umlauts.find_next(green) == LogText::Place{0, 7});  // of ASCII letters only
  LogSearch at("`", true);
  CHECK_FALSE(at.is_in("@[]{}"));
}

TEST_CASE("a reading goes on in its file, under whatever name that is now, and else at the beginning") {
  Files files;
  const LogText text = files.open({"one\n", "two\n"});
  CHECK(text.find(text.piece(1).file(), 2) == LogText::Place{1, 2});
  CHECK(text.find(text.piece(0).file(), 4) == LogText::Place{0, 4});
  CHECK(text.find(text.piece(1).file(), 5) == LogText::Place{1, 0});  // it was cut
  CHECK(text.find(12345, 2) == LogText::Place{});
}

TEST_CASE("a file that shrinks while it is read ends early") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/log";
  REQUIRE(os::write_file(path, std::string(500'000, 'x') + "\nneedle\n").ok());
  LogText text({open_file(folder.path(), "log")});
  std::filesystem::resize_file(path, 10);
  LogSearch search("needle", false);
  CHECK_FALSE(text.find_next(search));
  CHECK(text.is_at_end());
  text.seek({});
  CHECK(all_lines(text).size() <= 2);
}

}  // namespace
}  // namespace aurora::executor
