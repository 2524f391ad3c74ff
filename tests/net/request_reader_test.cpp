#include "net/request_reader.h"

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

using Stage = RequestReader::Stage;

// The stage that the bytes lead to, given in pieces of this size.
Stage feed(RequestReader& reader, const std::string& bytes, size_t piece = 1, size_t body_bytes_max = 1000) {
  Stage stage = reader.advance();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    reader.append(std::string_view(bytes).substr(at, piece));
    while ((stage = reader.advance()) == Stage::Decide) reader.read_body(body_bytes_max);
    if (stage == Stage::Refused) break;
  }
  return stage;
}

TEST_CASE("a request is the same in whatever pieces it arrives, and the next one begins behind it") {
  const std::string length =
      "POST /v1/a%20b?x=1%2B&y=a+b&flag#part HTTP/1.1\r\nHost: h\r\nX-A:\t v \r\nContent-Length: "
      "3\r\n\r\nabc";
  const std::string chunked =
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nde\r\n01\r\nf\r\n0\r\n\r\n";
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) {
    RequestReader reader;
    REQUIRE(feed(reader, length + chunked, piece) == Stage::Complete);
    const Request& first = reader.head().request;
    CHECK(first.method == "POST");
    CHECK(first.path == "/v1/a b");
    CHECK(first.query == std::multimap<std::string, std::string>{{"x", "1+"}, {"y", "a b"}, {"flag", ""}});
    CHECK(first.headers.at("x-a") == "v");
    CHECK(first.body == "abc");
    reader.next();
    Stage stage = Stage::Head;
    while ((stage = reader.advance()) == Stage::Decide) reader.read_body(1000);
    REQUIRE(stage == Stage::Complete);
    CHECK(reader.head().request.body == "def");
    reader.next();
    CHECK_FALSE(reader.has_begun());
  }
}

TEST_CASE("what two readers could understand differently is refused") {
  const std::string ok = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::pair<const char*, std::string> cases[] = {
      {"a blank before the colon", ok + "Transfer-Encoding : chunked\r\n\r\n"},
      {"a folded line", ok + "X: a\r\n b\r\n\r\n"},
      {"a line without colon", ok + "X\r\n\r\n"},
      {"an empty name", ok + ": x\r\n\r\n"},
      {"a bare LF", "POST / HTTP/1.1\nHost: h\r\n\r\n"},
      {"a bare CR", ok + "X: a\rb\r\n\r\n"},
      {"a NUL", ok + std::string("X: a\0b\r\n\r\n", 10)},
      {"an escape sequence", ok + "X: \033[2J\r\n\r\n"},
      {"two lengths", ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
      {"a list of no lengths", ok + "Content-Length: 0, 0\r\n\r\n"},
      {"a list of lengths", ok + "Content-Length: 1, 1\r\n\r\n"},
      {"a signed length", ok + "Content-Length: +1\r\n\r\n"},
      {"a length beyond all bounds", ok + "Content-Length: 99999999999999999999\r\n\r\n"},
      {"an empty length", ok + "Content-Length:\r\n\r\n"},
      {"both framings", ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"two codings", ok + "Transfer-Encoding: identity, chunked\r\n\r\n"},
      {"a coding twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"an unknown coding", ok + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a chunk with an extension", ok + "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n"},
      {"a chunk's size with a blank", ok + "Transfer-Encoding: chunked\r\n\r\n 1\r\nx\r\n"},
      {"a chunk's size with 0x", ok + "Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n"},
      {"a chunk's size without end", ok + "Transfer-Encoding: chunked\r\n\r\n" + std::string(30, '0')},
      {"an end of chunks without end",
       ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(30, 'y')},
      {"a negative chunk", ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n"},
      {"a chunk longer than it says", ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"},
      {"a bare LF between chunks", ok + "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n"},
      {"fields after the chunks", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n"},
      {"two hosts", ok + "Host: g\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two secrets", ok + "Authorization: a\r\nAuthorization: b\r\n\r\n"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"another server's target", "GET http://x/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"another protocol", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a greeting in TLS", "\x16\x03\x01\x02\n"},
  };
  for (const auto& [what, bytes] : cases) {
    INFO(what);
    RequestReader reader;
    REQUIRE(feed(reader, bytes) == Stage::Refused);
    CHECK(reader.refusal().status == 400);
    CHECK_FALSE(reader.refusal().message.empty());
  }
}

TEST_CASE("head, target and body have their bounds") {
  const auto status_of = [](const std::string& bytes) {
    RequestReader reader;
    return feed(reader, bytes, 4096) == Stage::Refused ? reader.refusal().status : 0;
  };
  CHECK(status_of("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n") == 414);
  CHECK(status_of("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'a')) == 431);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n") == 413);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n") == 413);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n") ==
        413);
  RequestReader reader;
  CHECK(feed(reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'),
             100) == Stage::Complete);
}

TEST_CASE("whether a connection goes on is its request's choice") {
  const auto closes = [](const std::string& version, const std::string& connection) {
    RequestReader reader;
    reader.append("GET / HTTP/" + version + "\r\nHost: h\r\nConnection: " + connection + "\r\n\r\n");
    REQUIRE(reader.advance() == Stage::Decide);
    return reader.head().closes;
  };
  CHECK_FALSE(closes("1.1", "keep-alive"));
  CHECK(closes("1.1", "TE, Close"));
  CHECK(closes("1.0", "x"));
  CHECK_FALSE(closes("1.0", "Keep-Alive"));
}

}  // namespace
}  // namespace aurora::net
