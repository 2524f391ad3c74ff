#include "aurora/executor/cluster_file.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

const std::string kId = "60a9aa8e-ed1b-4864-aaa7-36cabdfbe46c";

Result<std::string> read_with(const std::string& content) {
  const test::TempFolder folder;
  REQUIRE(os::write_file(folder.path() + "/cluster_id", content).ok());
  return read_cluster_id(folder.path());
}

}  // namespace

TEST_CASE("the id of a host's cluster is kept, and may be written by hand") {
  const test::TempFolder folder;
  CHECK(read_cluster_id(folder.path())->empty());
  REQUIRE(write_cluster_id(folder.path(), kId).ok());
  CHECK(*read_cluster_id(folder.path()) == kId);
  CHECK(*read_with(kId + "\n") == kId);  // as earlier versions wrote it
  CHECK(*read_with(kId) == kId);
}

TEST_CASE("a damaged file of the cluster's id names no other cluster") {
  const std::string whole = kId + "\n" + kId + "\n";
  const auto is_right = [](const Result<std::string>& read) {
    return read.ok() ? *read == kId : read.error().message.find("/cluster_id") != std::string::npos;
  };
  for (size_t at = 0; at < whole.size(); ++at) {
    CHECK(is_right(read_with(whole.substr(0, at))));
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      CHECK(is_right(read_with(damaged)));
    }
  }
}
