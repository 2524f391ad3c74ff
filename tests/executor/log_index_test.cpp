#include "executor/log_index.h"

#include <catch2/catch.hpp>
#include <map>

#include "aurora/base/rng.h"
#include "support/temp_folder.h"

namespace aurora::executor {
namespace {

Instant at(int64_t ms) { return Instant{ms}; }

TEST_CASE("a line was written by the first moment at which its file had all of it") {
  const LogIndex index({{at(100), 1, 10}, {at(200), 1, 30}, {at(200), 2, 5}, {at(300), 1, 30}, {at(400), 1, 50}});
  CHECK(index.find_time(1, 1) == at(100));
  CHECK(index.find_time(1, 10) == at(100));
  CHECK(index.find_time(1, 11) == at(200));
  CHECK(index.find_time(1, 30) == at(200));
  CHECK(index.find_time(1, 31) == at(400));
  CHECK_FALSE(index.find_time(1, 51));
  CHECK(index.find_time(2, 5) == at(200));
  CHECK_FALSE(index.find_time(3, 1));
  CHECK(index.knows(2));
  CHECK_FALSE(index.knows(3));

  CHECK(index.bytes_before(1, at(100)) == 0);
  CHECK(index.bytes_before(1, at(101)) == 10);
  CHECK(index.bytes_before(1, at(201)) == 30);
  CHECK(index.bytes_before(1, at(1'000)) == 50);
  CHECK(index.bytes_before(3, at(1'000)) == 0);
}

TEST_CASE("of a file that was cut only what came afterwards has a time, and a clock that is set back stands still") {
  const LogIndex cut({{at(100), 1, 50}, {at(200), 1, 20}, {at(300), 1, 60}});
  CHECK(cut.find_time(1, 20) == at(200));
  CHECK(cut.find_time(1, 21) == at(300));
  const LogIndex back({{at(500), 1, 10}, {at(100), 1, 20}, {at(600), 1, 30}});
  CHECK(back.find_time(1, 20) == at(500));
  CHECK(back.bytes_before(1, at(501)) == 20);
}

TEST_CASE("marks are read as they were written, past damage") {
  const std::vector<LogMark> marks = {{at(1), 2, 3}, {at(4), UINT64_MAX, INT64_MAX}, {at(5), 0, 0}};
  std::string bytes;
  for (const LogMark& mark : marks) bytes += encode_mark(mark);
  CHECK(parse_marks(bytes) == marks);
  CHECK(parse_marks(bytes + "torn") == marks);
  std::string damaged = bytes;
  damaged[40] ^= 1;  // in the second
  CHECK(parse_marks(damaged) == std::vector<LogMark>{marks[0], marks[2]});
  CHECK(parse_marks("").empty());
  CHECK(parse_marks(encode_mark({at(1), 2, -3})).empty());
}

TEST_CASE("when there are too many marks every second one goes: moments become later, and never earlier") {
  Rng rng(7);
  std::vector<LogMark> marks;
  std::map<uint64_t, int64_t> sizes;
  for (int64_t i = 0; i < 3'000; ++i) {
    const uint64_t file = 1 + rng.below(5);
    marks.push_back({at(i * 100), file, sizes[file] += 1 + static_cast<int64_t>(rng.below(100))});
  }
  const LogIndex before(marks);
  std::vector<LogMark> thinned = marks;
  for (int round = 1; round <= 3; ++round) {
    const size_t count = thinned.size();
    thinned = thin_out(thinned);
    CHECK(thinned.size() <= count / 2 + 5);
    const LogIndex after(thinned);
    for (const auto& [file, bytes] : sizes) {
      CHECK(after.find_time(file, bytes) == before.find_time(file, bytes));  // the last is kept
      for (int64_t end = 1; end <= bytes; end += 37) {
        REQUIRE(after.find_time(file, end) >= before.find_time(file, end));
        REQUIRE(*after.find_time(file, end) - *before.find_time(file, end) <= milliseconds(10'000 << round));
      }
    }
  }
}

TEST_CASE("the file of marks has a bound, goes on after a restart, and loses what a crash has torn") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/log_times";
  const auto size = [&] { return os::read_file(path)->size(); };
  {
    LogMarkFile file(path);
    file.append({{at(1), 1, 1}, {at(2), 1, 2}});
    CHECK(size() == 64);
  }
  const auto damage = os::open_for_append(path);
  REQUIRE(os::append_all(*damage, "half of a mark").ok());
  LogMarkFile file(path);
  file.append({{at(3), 1, 3}});
  CHECK(parse_marks(*os::read_file(path)).size() == 3);
  for (int64_t i = 4; i < 200'000;) {
    std::vector<LogMark> some;
    for (int n = 0; n < 1'000; ++n, ++i) some.push_back({at(i), 1, i});
    file.append(some);
    REQUIRE(size() <= 32 * (kLogMarksMax + 1'000));
  }
  GrowingLogIndex growing;
  const LogIndex& index = growing.refresh(path);
  CHECK(index.find_time(1, 200'000) == at(200'000));
  CHECK(index.find_time(1, 1) >= at(1));
  CHECK(index.find_time(1, 1) <= at(1'000));
}

TEST_CASE("many files have no more marks than few, and those of the newest stay") {
  std::vector<LogMark> marks;
  for (uint64_t file = 0; file <= kLogMarksMax; ++file) marks.push_back({at(static_cast<int64_t>(file)), file, 1});
  const std::vector<LogMark> thinned = thin_out(marks);
  CHECK(thinned.size() == kLogMarksMax / 4 * 3);
  CHECK(thinned.back() == marks.back());
}

TEST_CASE("an index that is read again knows what a new reader knows, also after its file was thinned out or lost") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/log_times";
  GrowingLogIndex growing;
  CHECK(growing.refresh(path).is_empty());
  LogMarkFile file(path);
  Rng rng(9);
  for (int64_t i = 1; i < 150'000;) {
    std::vector<LogMark> some;
    for (uint64_t n = rng.below(9'000); n > 0; --n, ++i) some.push_back({at(10 * i), 1 + rng.below(3), i});
    file.append(some);
    if (rng.below(3) == 0) continue;
    const LogIndex& index = growing.refresh(path);
    const LogIndex fresh(parse_marks(*os::read_file(path)));
    for (int64_t bytes = 1; bytes < i; bytes += 501) {
      for (const uint64_t id : {1u, 2u, 3u}) REQUIRE(index.find_time(id, bytes) == fresh.find_time(id, bytes));
    }
  }
  os::remove_file(path);
  CHECK(growing.refresh(path).is_empty());
}

TEST_CASE("a mark that is just being written is read when it is whole") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/log_times";
  const std::string mark = encode_mark({at(5), 1, 10});
  const auto file = os::open_for_append(path);
  GrowingLogIndex growing;
  REQUIRE(os::append_all(*file, mark + mark.substr(0, 7)).ok());
  CHECK(growing.refresh(path).find_time(1, 10) == at(5));
  REQUIRE(os::append_all(*file, encode_mark({at(6), 1, 20}).substr(7)).ok());
  CHECK_FALSE(growing.refresh(path).find_time(1, 20));  // its beginning was another's
  REQUIRE(os::append_all(*file, encode_mark({at(7), 1, 30})).ok());
  CHECK(growing.refresh(path).find_time(1, 30) == at(7));
}

TEST_CASE("an index that is not there knows nothing") {
  GrowingLogIndex growing;
  const LogIndex& index = growing.refresh("/nonexistent/log_times");
  CHECK(index.is_empty());
  CHECK_FALSE(index.find_time(1, 1));
}

}  // namespace
}  // namespace aurora::executor
