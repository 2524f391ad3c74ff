#include "aurora/client/clusters.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::client;

TEST_CASE("clusters.json is a list or an object of entries") {
  const auto list = parse_clusters(R"([{"name": "a", "zk": "h", "zk_port": 2181, "extra": [1]}, {"zk": "nameless"}])", "f");
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK(list->front().zk == "h");
  const auto object = parse_clusters(R"({"x": {"name": "b", "scheduler_uri": "http://h:1"}})", "f");
  REQUIRE(object.ok());
  CHECK(object->front().name == "b");
}

TEST_CASE("a clusters.json that cannot be used names the file") {
  CHECK(parse_clusters("{", "/x/clusters.json").error().message.starts_with("Unable to parse /x/clusters.json: "));
  CHECK(parse_clusters("3", "/x/clusters.json").error().message == "Unknown layout in /x/clusters.json");
  CHECK(parse_clusters("[3]", "f").error().message == "Unable to parse f: Clusters must be maps of key/value pairs, got number");
}

TEST_CASE("a clusters.json that is there but cannot be read is no absent one") {
  const test::TempFolder folder;
  CHECK(load_clusters({folder.path() + "/absent", folder.path() + "/absent/clusters.json"})->empty());
  std::ofstream(folder.path() + "/file") << "x";
  CHECK(load_clusters({folder.path() + "/file/clusters.json"})->empty());
  CHECK(load_clusters({folder.path()}).error().message ==
        "Unable to parse " + folder.path() + ": Is a directory");
}

TEST_CASE("the user's file is read after the site's, and its entries win") {
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/site.json") << R"([{"name": "a", "zk": "site"}, {"name": "b", "zk": "site"}])";
  std::ofstream(folder.path() + "/user.json") << R"([{"name": "a", "scheduler_uri": "http://user"}])";
  const auto known = load_clusters({folder.path() + "/site.json", folder.path() + "/absent.json", folder.path() + "/user.json"});
  REQUIRE(known.ok());
  CHECK(known->at("a").zk.empty());
  CHECK(known->at("a").scheduler_uri == "http://user");
  CHECK(known->at("b").zk == "site");
  CHECK(known->at("b").file == folder.path() + "/site.json");
  CHECK(unknown_cluster("c", *known, {"x"}).message == "Unknown cluster: c. Known clusters: a, b (from x)");
  CHECK(unknown_cluster("wst", {{"west", {}}, {"south", {}}}, {"x"}).message ==
        "Unknown cluster: wst. Known clusters: south, west (from x); did you mean west?");
}

TEST_CASE("an empty AURORA_CONFIG_ROOT counts as unset") {
  const auto files = [](const std::string& root) {
    return cluster_files([&](const std::string& name) -> std::optional<std::string> {
      return name == "HOME" ? "/home/alice" : root;
    });
  };
  CHECK(files("") == std::vector<std::string>{"/etc/aurora/clusters.json", "/home/alice/.aurora/clusters.json"});
  CHECK(files("/r").front() == "/r/clusters.json");
}
