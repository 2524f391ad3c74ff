#include "aurora/os/descriptor_buffer.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <ostream>
#include <vector>

using aurora::os::DescriptorBuffer;

TEST_CASE("what is printed arrives, in order and whole", "[os][output]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += "line " + std::to_string(i) + "\n";  // more than one buffer, less than a pipe
  {
    DescriptorBuffer buffer(ends[1], [](int) { FAIL("nothing is lost"); });
    std::ostream out(&buffer);
    out << text.substr(0, 9'000) << std::flush << text.substr(9'000);
  }
  close(ends[1]);
  std::string got;
  char bytes[4096];
  for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;) got.append(bytes, static_cast<size_t>(n));
  close(ends[0]);
  CHECK(got == text);
}

TEST_CASE("what cannot be printed is told once, with the reason", "[os][output]") {
  std::vector<int> told;
  const auto note = [&](int number) { told.push_back(number); };
  const int full = open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  {
    DescriptorBuffer buffer(full, note);
    std::ostream out(&buffer);
    out << "a" << std::flush;
    CHECK(told == std::vector<int>{ENOSPC});
    CHECK_FALSE(out);
    out.clear();
    out << std::string(20'000, 'b') << std::flush;
  }
  close(full);
  CHECK(told == std::vector<int>{ENOSPC});

  told.clear();
  const int closed = open("/dev/null", O_RDONLY);
  {
    DescriptorBuffer buffer(closed, note);
    std::ostream(&buffer) << "a" << std::flush;
  }
  close(closed);
  CHECK(told == std::vector<int>{EBADF});
}

TEST_CASE("a reader that is gone is told as one", "[os][output]") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  int told = 0;
  {
    DescriptorBuffer buffer(ends[1], [&](int number) { told = number; });
    std::ostream(&buffer) << "a";
  }
  close(ends[1]);
  std::signal(SIGPIPE, before);
  CHECK(told == EPIPE);
}
