#include "aurora/executor/host_offer.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace aurora;
using namespace aurora::executor;

namespace {

const Machine kMachine{8, 16'384, 102'400, "all of this machine", "a limit", "what was free"};

std::string error_of(const OfferPolicy& policy) {
  const auto offer = make_offer(policy, kMachine);
  return offer.ok() ? "" : offer.error().message;
}

}  // namespace

TEST_CASE("what is detected is offered, less a little for the system") {
  const auto offer = make_offer({}, kMachine);
  REQUIRE(offer.ok());
  CHECK(offer->capacity == core::ResourceTotals{8, 15'360, 97'280, 0, 1001});
  const OfferedAmount& ram = offer->amounts.at(1);
  CHECK(ram.name == "ramMb");
  CHECK(ram.detected == 16'384);
  CHECK(ram.reserved == 1024);
  CHECK(ram.offered == 15'360);
  CHECK(ram.detail == "a limit");
}

TEST_CASE("of a small machine the system keeps half, and never all") {
  const auto offer = make_offer({}, {0.5, 1001, 3000, "", "", ""});
  REQUIRE(offer.ok());
  CHECK(offer->capacity == core::ResourceTotals{0.5, 501, 1500, 0, 1001});
}

TEST_CASE("a reserve is what it says") {
  const auto offer =
      make_offer({.reserved_cpus = 1.5, .reserved_ram_mb = 0, .reserved_disk_mb = 2400}, kMachine);
  REQUIRE(offer.ok());
  CHECK(offer->capacity == core::ResourceTotals{6.5, 16'384, 100'000, 0, 1001});
}

TEST_CASE("what somebody says is offered, whatever is there") {
  const auto offer = make_offer(
      {.cpus = 32, .ram_mb = 1, .disk_mb = 1 << 20, .gpus = {"/dev/a", "/dev/b"}, .ports = {{1, 2}, {5, 5}}},
      kMachine);
  REQUIRE(offer.ok());
  CHECK(offer->capacity == core::ResourceTotals{32, 1, 1 << 20, 2, 3});
  CHECK(offer->amounts.at(0).detail == "as --cpus says; detected is all of this machine");
  CHECK(offer->amounts.at(0).detected == 8);
  CHECK(offer->amounts.at(0).reserved == 0);
  CHECK(offer->amounts.at(4).detail == "as --gpus says: /dev/a, /dev/b");
}

TEST_CASE("a reserve of all there is, or beside an offer, is refused by name") {
  CHECK(error_of({.reserved_ram_mb = 65'536}) ==
        "--reserve_ram keeps 65536 MB, and there is no more than 16384 MB (a limit): reserve less, or say "
        "with --ram "
        "what to offer");
  CHECK(error_of({.reserved_cpus = 8})
            .starts_with("--reserve_cpus keeps 8 cores, and there is no more than 8 cores"));
  CHECK(error_of({.reserved_cpus = std::numeric_limits<double>::quiet_NaN()})
            .starts_with("--reserve_cpus keeps"));
  CHECK(error_of({.disk_mb = 1, .reserved_disk_mb = 1}) ==
        "--reserve_disk is kept of what is detected, and --disk says what to offer, whatever is there: give "
        "one of them");
}

TEST_CASE("this machine has something") {
  const Machine machine = measure_machine("/");
  CHECK(machine.cpus > 0);
  CHECK(machine.ram_mb > 100);
  CHECK(machine.disk_by == "what was free in / when the executor started");
}
