#include "modes/what_if_request.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

using namespace aurora;
using core::HostId;

namespace {

KnownHosts some_hosts() {
  KnownHosts known;
  for (int i = 0; i < 12; ++i) {
    const core::Host host = test::a_host("host" + std::to_string(i), "r" + std::to_string(i));
    known[host.id] = host;
  }
  return known;
}

std::string refusal(const std::vector<std::string>& words) { return choose_hosts(words, "--lose", some_hosts()).error().message; }

std::string refusal_of_hosts(const std::string& word) {
  KnownHosts known;
  return make_hosts({word}, known).error().message;
}

}  // namespace

TEST_CASE("hosts are named, or by what they carry") {
  const KnownHosts known = some_hosts();
  CHECK(choose_hosts({"host3", "rack=r1", "rack=r3"}, "--lose", known).value() == std::set{HostId("host1"), HostId("host3")});
  CHECK(choose_hosts({}, "--lose", known)->empty());
}

TEST_CASE("hosts that are not there are answered with those that are") {
  CHECK(refusal({"hots3"}) ==
        "--lose hots3: there is no such host; did you mean host3 or host0 or host1? There are host0, host1, host10, host11, host2, host3, host4, host5, "
        "host6, host7 and 2 more");
  CHECK(refusal({"rak=r1"}) == "--lose rak=r1: no host has the attribute 'rak'; did you mean rack? There are host, rack");
  CHECK_THAT(refusal({"rack=zzzzzz"}), Catch::StartsWith("--lose rack=zzzzzz: no host has that; there are r0, r1, r10"));
  CHECK(choose_hosts({"h1"}, "--drain", {}).error().message == "--drain h1: there is no such host; there are none");
}

TEST_CASE("hosts that are added have what is said, and names that are free") {
  KnownHosts known;
  known[HostId("added-2")] = test::a_host("added-2");
  const auto hosts = make_hosts({"2:cpus=32,ram=128GB,disk=1TB,rack=r9,gpus=2", "cpus=0.5,ram=1GB,disk=1GB,dedicated=www/web"}, known);
  REQUIRE(hosts.ok());
  REQUIRE(hosts->size() == 3);
  CHECK((*hosts)[0].id == HostId("added-1"));
  CHECK((*hosts)[1].id == HostId("added-3"));
  CHECK((*hosts)[1].capacity.cpus == 32);
  CHECK((*hosts)[1].capacity.ram_mb == 128 * 1024);
  CHECK((*hosts)[1].capacity.disk_mb == 1024 * 1024);
  CHECK((*hosts)[1].capacity.gpus == 2);
  CHECK((*hosts)[1].attributes.at("rack") == std::set<std::string>{"r9"});
  CHECK((*hosts)[2].attributes.at("dedicated") == std::set<std::string>{"www/web"});
  CHECK(known.size() == 4);
}

TEST_CASE("what is wrong with hosts that are to be added is said") {
  CHECK_THAT(refusal_of_hosts("x:cpus=1,ram=1GB,disk=1GB"), Catch::Contains("'x' is no number of hosts; write 1 to 100000"));
  CHECK_THAT(refusal_of_hosts("0:cpus=1,ram=1GB,disk=1GB"), Catch::Contains("'0' is no number of hosts"));
  CHECK_THAT(refusal_of_hosts("10"), Catch::Contains("'10' is no NAME=VALUE"));
  CHECK_THAT(refusal_of_hosts("10:cpus=1"), Catch::Contains("a host needs cpus=, ram= and disk= above 0"));
  CHECK_THAT(refusal_of_hosts("10:cpus=many,ram=1GB,disk=1GB"), Catch::Contains("'many' is no number of cores"));
  CHECK_THAT(refusal_of_hosts("10:cpus=1,ram=1x,disk=1GB"), Catch::Contains("'1x' is no size"));
}
