#include "executor/bytes.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::executor;

TEST_CASE("what was written is read back; beyond the end there is nothing") {
  ByteWriter out;
  out.add(uint8_t{7});
  out.add(std::string_view("text"));
  out.add(Instant{123});
  const std::string bytes = out.take();
  ByteReader in(bytes);
  CHECK(in.get<uint8_t>() == 7);
  CHECK(in.get_string() == "text");
  CHECK(in.get_instant() == Instant{123});
  CHECK(in.is_good());
  CHECK(in.get<uint32_t>() == 0);
  CHECK_FALSE(in.is_good());
}

TEST_CASE("lengths that the bytes cannot hold are refused") {
  ByteWriter out;
  out.add(uint32_t{4'000'000'000});
  const std::string bytes = out.take();
  ByteReader text(bytes);
  CHECK(text.get_string().empty());
  CHECK_FALSE(text.is_good());
  ByteReader list(bytes);
  CHECK(list.get_count() == 0);
  CHECK_FALSE(list.is_good());
}

TEST_CASE("a torn tail loses the last frame only, wherever it is torn") {
  const std::string good = frame("one") + frame("two");
  const std::string last = frame("three");
  for (size_t kept = 0; kept < last.size(); ++kept) {
    const std::string file = good + last.substr(0, kept);
    const Frames frames = split_frames(file);
    REQUIRE(frames.payloads.size() == 2);
    CHECK(frames.payloads[1] == "two");
    CHECK(frames.good_bytes == good.size());
  }
  CHECK(split_frames(good + last).payloads.size() == 3);
}

namespace {
bool is_word(std::string_view payload) { return payload == "one" || payload == "two" || payload == "three"; }
}  // namespace

TEST_CASE("a changed byte costs its frame; the frames behind it are found") {
  const std::string file = frame("one") + frame("two") + frame("three");
  const size_t length = frame("one").size();
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] ^= 0x20;
    const std::string copy = damaged;
    const Frames frames = split_frames(copy, is_word);
    REQUIRE(frames.payloads.size() == 2);
    if (at >= 2 * length) {
      CHECK(frames.gaps.empty());
      CHECK(frames.good_bytes == 2 * length);
    } else {
      CHECK(frames.payloads[1] == "three");
      REQUIRE(frames.gaps.size() == 1);
      CHECK(frames.gaps[0].offset == at / length * length);
      CHECK(frames.gaps[0].bytes == length);
      CHECK(frames.good_bytes == file.size());
    }
    CHECK(split_frames(copy).gaps.empty());  // nobody knows what would be a payload
  }
}

TEST_CASE("bytes that are gone, doubled or foreign cost what they touch") {
  const std::string one = frame("one"), two = frame("two"), three = frame("three");
  CHECK(split_frames(one + two.substr(3) + three, is_word).payloads.size() == 2);
  CHECK(split_frames(one + two.substr(0, 5) + two + three, is_word).payloads.size() == 3);
  CHECK(split_frames(std::string(4096, '\0') + two, is_word).payloads.size() == 1);
  CHECK(split_frames(std::string(4096, '\0'), is_word).payloads.empty());
  CHECK(split_frames(one + frame("other") + two, is_word).payloads.size() == 3);  // no damage: the reader judges
  CHECK(split_frames("damage" + frame("other") + two, is_word).payloads.size() == 1);
}

TEST_CASE("a file that makes every offset look like a frame is given up in time") {
  std::string hostile;
  while (hostile.size() < 1 << 20) hostile += std::string("\x00\x00\x01\x00", 4);
  CHECK(split_frames(hostile, is_word).payloads.empty());
}
