#include "net/answer_reader.h"

#include <catch2/catch.hpp>

using namespace aurora::net;

namespace {

using Stage = AnswerReader::Stage;

// "<stage> <status> <body>" after the bytes and, if it is still reading, the end.
std::string read(const std::string& bytes, size_t body_bytes_max = 100, size_t piece = 1000) {
  AnswerReader reader(body_bytes_max);
  Stage stage = Stage::Reading;
  for (size_t at = 0; at < bytes.size() && stage == Stage::Reading; at += piece)
    stage = reader.take(bytes.substr(at, piece));
  std::string text;
  if (stage == Stage::Reading) {
    text = "end ";
    stage = reader.end();
  }
  if (stage == Stage::Broken) return "broken";
  return text + std::to_string(reader.status()) + " " + reader.body() +
         (reader.location().empty() ? "" : " -> " + reader.location());
}

}  // namespace

TEST_CASE("answers are read however they end, and whatever the pieces") {
  struct Case {
    std::string bytes;
    std::string result;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore", "200 ok"},
      {"HTTP/1.0 200 OK\r\n\r\nok\n", "end 200 ok\n"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n", "200 ok"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 "},
      {"HTTP/1.1 500 Oh no\r\nContent-Length: 0\r\n\r\n", "500 "},
      {"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", "302  -> /other"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"},
      {"HTTP/1.1 103 Early\r\nLocation: /x\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n", "204 "},
      {"", "broken"},
      {"HTTP/1.1 200 OK\r\nContent-Le", "broken"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "broken"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", "broken"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok", "broken"},
      {"SSH-2.0-OpenSSH\r\n", "broken"},
      {"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "broken"},
  };
  for (const Case& c : cases) {
    for (const size_t piece : {1000, 7, 1}) {
      INFO(c.bytes);
      CHECK(read(c.bytes, 100, piece) == c.result);
    }
  }
}

TEST_CASE("no more is read than is wanted") {
  const std::string endless = "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x');
  CHECK(read(endless, 5) == "200 xxxxx");
  CHECK(read(endless, 5, 3) == "200 xxxxx");
  CHECK(read(endless, 0) == "200 ");
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nabc", 3) == "200 abc");
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\nabcdef", 3) == "200 abc");
}

TEST_CASE("a head without end is no answer") {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  while (bytes.size() < 100'000) bytes += "X-More: " + std::string(100, 'y') + "\r\n";
  CHECK(read(bytes) == "broken");
  CHECK(read("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'y')) == "broken");
}
