#include "aurora/executor/usage.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

TEST_CASE("a sandbox is counted by somebody else; who asks gets what was counted last, at once") {
  const test::TempFolder folder;
  const core::TaskId id("t");
  test::FakeClock clock;
  REQUIRE(os::write_file(folder.path() + "/file", std::string(100'000, 'x')).ok());
  DiskSampler sampler(clock);
  CHECK(sampler.bytes_of(id, folder.path()) == 0);
  int64_t bytes = 0;
  while (bytes == 0) bytes = sampler.bytes_of(id, folder.path());
  CHECK(bytes >= 100'000);

  REQUIRE(os::write_file(folder.path() + "/more", std::string(100'000, 'x')).ok());
  clock.advance(seconds(59));
  CHECK(sampler.bytes_of(id, folder.path()) == bytes);
  clock.advance(seconds(2));
  CHECK(sampler.bytes_of(id, folder.path()) == bytes);
  while (sampler.bytes_of(id, folder.path()) == bytes) {
  }
  CHECK(sampler.bytes_of(id, folder.path()) >= bytes + 100'000);
}

TEST_CASE("a sandbox that is gone has nothing in it, and a sampler ends while it has work") {
  test::FakeClock clock;
  DiskSampler sampler(clock);
  for (int i = 0; i < 100; ++i) CHECK(sampler.bytes_of(core::TaskId(std::to_string(i)), "/nowhere") == 0);
}
