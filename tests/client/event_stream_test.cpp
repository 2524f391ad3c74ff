#include "client/event_stream.h"

#include <catch2/catch.hpp>
#include <vector>

namespace aurora::client {
namespace {

std::string read(const std::vector<std::string>& pieces) {
  EventStreamReader reader;
  std::string text;
  for (const std::string& piece : pieces) {
    const bool goes_on = reader.add(piece, [&](const ServerEvent& event) { text += "[" + event.id + "|" + event.data + "]"; });
    if (!goes_on) text += "!";
  }
  return text;
}

TEST_CASE("events are read however their bytes come") {
  const std::string stream = "retry: 2000\nid: a\n\n: still here\nid: b\n\nid: c\nevent: task\ndata: {\"x\":1}\n\n: only words\n\ndata:one\ndata: two\n\n";
  const std::string all = "[a|][b|][c|{\"x\":1}][c|one\ntwo]";
  CHECK(read({stream}) == all);
  std::vector<std::string> letters;
  for (const char c : stream) letters.emplace_back(1, c);
  CHECK(read(letters) == all);
  std::string windows;
  for (const char c : stream) windows += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(read({windows}) == all);
}

TEST_CASE("an event that is cut off is none") { CHECK(read({"id: a\n\nid: b\ndata: x\n"}) == "[a|]"); }

TEST_CASE("a stream that is none has an end") {
  CHECK(read({std::string(EventStreamReader::kEventBytesMax + 1, 'x')}) == "!");
  std::string lines;
  while (lines.size() <= EventStreamReader::kEventBytesMax + 100'000) lines += "data: " + std::string(10'000, 'x') + "\n";
  CHECK(read({lines}) == "!");
}

}  // namespace
}  // namespace aurora::client
