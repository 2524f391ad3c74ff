#include "aurora/os/machine.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace aurora::os {
namespace {

TEST_CASE("a process knows how many files it has open") {
  const int64_t before = machine_figures().open_files;
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int second = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(before > 0);
  CHECK(machine_figures().open_files == before + 2);
  close(first);
  close(second);
  CHECK(machine_figures().open_files == before);
}

}  // namespace
}  // namespace aurora::os
