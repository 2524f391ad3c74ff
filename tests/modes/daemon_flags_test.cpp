#include "modes/daemon_flags.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/temp_folder.h"

namespace aurora {
namespace {

TEST_CASE("times have the original's units") {
  const std::pair<const char*, int64_t> good[] = {
      {"5mins", 300'000}, {"1hrs", 3'600'000},    {"2days", 172'800'000}, {"30secs", 30'000}, {"7ms", 7},
      {"1500us", 1},      {"2000000000ns", 2000}, {"0secs", 0},           {"-1ms", -1}};
  for (const auto& [text, ms] : good) {
    INFO(text);
    const Result<Duration> parsed = parse_duration(text);
    REQUIRE(parsed.ok());
    CHECK(parsed->ms == ms);
  }
  for (const char* text : {"", "5", "mins", "5 mins", "5min", "1.5hrs", "5mins ", "9999999999999days"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
  for (const char* text : {"2days", "1hrs", "90mins", "45secs", "1500ms", "0ms"}) {
    CHECK(format_duration(*parse_duration(text)) == text);
  }
}

TEST_CASE("flags are read with one dash or two, and those without meaning are left out") {
  std::vector<std::string> words = {"scheduler", "-cluster_name=a=b", "--ip", "1.2.3.4", "-zk_endpoints",
                                    "z1,z2",     "-mesos_role=x",     "-h",   "-port",   "-1"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const auto flags =
      normalize_flags(static_cast<int>(argv.size()), argv.data(), {"zk_endpoints", "mesos_role"});
  CHECK(flags == std::vector<std::string>{"-1", "--port", "-h", "1.2.3.4", "--ip", "--cluster_name=a=b"});
}

TEST_CASE("a flag may be given the empty text") {
  std::vector<std::string> words = {"scheduler", "-sla_prod_metrics=", "--ip=1.2.3.4"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  CHECK(normalize_flags(static_cast<int>(argv.size()), argv.data(), {}) ==
        std::vector<std::string>{"--ip=1.2.3.4", "", "--sla_prod_metrics"});
}

TEST_CASE("a secret is one line of enough characters that survive a header") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/secret";
  const auto read = [&](const std::string& content) {
    std::ofstream(path, std::ios::trunc) << content;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return read_secret({.secret_file = path});
  };
  CHECK(*read("0123456789abcdef\n") == "0123456789abcdef");
  CHECK(*read_secret({}) == "");
  for (const char* content : {"", "short", "0123456789abcde\xff", "0123456789 abcdef", "0123456789%41bcdef",
                              "line one of it\nline two"}) {
    INFO(content);
    const Result<std::string> secret = read(content);
    REQUIRE_FALSE(secret.ok());
    CHECK(secret.error().message.find(path) != std::string::npos);
    CHECK((std::string(content).empty() || secret.error().message.find(content) == std::string::npos));
  }
  CHECK_FALSE(read_secret({.secret_file = folder.path() + "/none"}).ok());
}

TEST_CASE("beyond loopback a daemon has a secret, or was told to do without") {
  for (const char* own : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) CHECK(read_secret({.ip = own}).ok());
  for (const char* open : {"0.0.0.0", "::", "10.0.0.1", "example.com"}) {
    INFO(open);
    const Result<std::string> refused = read_secret({.ip = open});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("--secret_file") != std::string::npos);
    CHECK(refused.error().message.find("--insecure") != std::string::npos);
    CHECK(read_secret({.ip = open, .is_insecure = true}).ok());
  }
}

TEST_CASE("a secret that other users of the machine may read is none") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/secret";
  std::ofstream(path) << "0123456789abcdef\n";
  for (const auto others : {std::filesystem::perms::others_read, std::filesystem::perms::others_write}) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | others);
    const Result<std::string> refused = read_secret({.secret_file = path});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("chmod o= " + path) != std::string::npos);
  }
}

TEST_CASE("a daemon answers to its names, those of its address for others, and those it is told") {
  const auto names = own_names({.allowed_hosts = {"alias"}}, "h1", "https://proxy.example:8443/x");
  for (const char* name : {"alias", "h1", "proxy.example"})
    CHECK(std::find(names.begin(), names.end(), name) != names.end());
}

}  // namespace
}  // namespace aurora
