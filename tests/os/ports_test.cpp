#include "aurora/os/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "aurora/os/processes.h"

using namespace aurora;

namespace {

struct Listener {
  os::Fd socket;
  int32_t port = 0;
};

// On any free port of loopback only.
Listener listen_on_loopback() {
  Listener listener{os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.socket.get(), 1) == 0);
  REQUIRE(::getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  listener.port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

TEST_CASE("a port on which somebody listens is taken, and it is said by whom") {
  int32_t port = 0;
  {
    const Listener listener = listen_on_loopback();
    port = listener.port;
    const auto user = os::find_port_user(port);
    REQUIRE(user.has_value());
    CHECK(user->pid == os::own_pid());
    CHECK_FALSE(user->name.empty());
  }
  CHECK_FALSE(os::find_port_user(port).has_value());
}
