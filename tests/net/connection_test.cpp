#include "net/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace aurora::net {
namespace {

TEST_CASE("what arrives with the end of its sender's side is received before the end") {
  // A whole number of the pieces in which it is read: the end is then met in the same call.
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 65000\r\nX: ";
  const std::string request =
      head + std::string(65'536 - head.size() - 4 - 65'000, 'x') + "\r\n\r\n" + std::string(65'000, 'b');
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  REQUIRE(write(ends[0], request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  shutdown(ends[0], SHUT_WR);
  Connection connection(ends[1], "h");
  REQUIRE(connection.receive() == Connection::Got::Bytes);
  REQUIRE(connection.reader().advance() == RequestReader::Stage::Decide);
  connection.reader().read_body(1u << 20);
  CHECK(connection.reader().advance() == RequestReader::Stage::Complete);
  CHECK(connection.receive() == Connection::Got::End);
  close(ends[0]);
}

}  // namespace
}  // namespace aurora::net
