#include "aurora/os/poller.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "support/temp_folder.h"

using namespace aurora;

TEST_CASE("a poller tells who is readable and can be woken") {
  const test::TempFolder folder;
  const Result<os::Fd> pipe = os::open_named_pipe(folder.path() + "/pipe", 65536);
  REQUIRE(pipe.ok());
  os::Poller poller;
  REQUIRE(poller.add(*pipe, 7).ok());
  CHECK(poller.wait(Duration{}).empty());
  REQUIRE(::write(pipe->get(), "hello\n", 6) == 6);
  CHECK(poller.wait(minutes(1)) == std::vector<uint64_t>{7});
  CHECK(os::read_available(*pipe) == "hello\n");
  std::thread waker([&] { poller.wake(); });
  CHECK(poller.wait(minutes(10)).empty());
  waker.join();
  REQUIRE(::write(pipe->get(), "x", 1) == 1);
  poller.remove(*pipe);
  CHECK(poller.wait(Duration{}).empty());
}

TEST_CASE("a named pipe keeps what was written while nobody reads") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/pipe";
  const Result<os::Fd> writer = os::open_named_pipe(path, 65536);
  REQUIRE(::write(writer->get(), "early\n", 6) == 6);
  const Result<os::Fd> reader = os::open_named_pipe(path, 65536);
  CHECK(os::read_available(*reader) == "early\n");
}
