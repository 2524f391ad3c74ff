#include <catch2/catch.hpp>

#include "net/byte_range.h"

namespace aurora::net {
namespace {

// "206 2-4/10: 234", or "200: 0123456789"
std::string ask(const std::string& header) {
  const std::string body = "0123456789";
  Response whole;
  whole.content_length = body.size();
  whole.stream = [body](size_t offset) { return offset < body.size() ? body.substr(offset) : ""; };
  const Response part = apply_range(whole, header);
  const auto range = part.headers.find("Content-Range");
  const std::string where = range == part.headers.end() ? "" : range->second.substr(5);
  const std::string text = part.stream ? part.stream(0).substr(0, *part.content_length) : "";
  return std::to_string(part.status) + where + ":" + text;
}

TEST_CASE("a range of bytes is a part of the answer") {
  const std::pair<const char*, const char*> cases[] = {
      {"bytes=2-4", "206 2-4/10:234"},
      {"bytes=7-", "206 7-9/10:789"},
      {"bytes=-2", "206 8-9/10:89"},
      {"bytes=-20", "206 0-9/10:0123456789"},
      {"bytes=8-99", "206 8-9/10:89"},
      {"bytes=10-", "416 */10:"},
      {"bytes=-0", "416 */10:"},
      // Not understood, or several: the whole.
      {"", "200:0123456789"},
      {"bytes=-", "200:0123456789"},
      {"bytes=4-2", "200:0123456789"},
      {"bytes=0-1,3-4", "200:0123456789"},
      {"bytes=99999999999999999999999-", "200:0123456789"},
      {"lines=1-2", "200:0123456789"},
  };
  for (const auto& [header, expected] : cases) {
    INFO(header);
    CHECK(ask(header) == expected);
  }
}

}  // namespace
}  // namespace aurora::net
