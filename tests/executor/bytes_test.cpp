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

TEST_CASE("a changed byte ends the file at its frame") {
  const std::string file = frame("one") + frame("two");
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] ^= 0x20;
    const std::string copy = damaged;
    CHECK(split_frames(copy).payloads.size() < 2);
  }
}
