#include "client/credentials.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

namespace aurora::client {
namespace {

std::string entry(const std::string& text, const std::string& host = "h1") {
  const auto found = find_netrc_entry(text, host);
  return found ? found->user + ":" + found->password : "none";
}

TEST_CASE("the entry of the host, else the default") {
  CHECK(entry("machine h1 login alice password s3cret\n") == "alice:s3cret");
  CHECK(entry("machine h2\n  login bob\n  password x\nmachine h1 login alice account a password s3cret") == "alice:s3cret");
  CHECK(entry("machine h1 login alice password one\nmachine h1 login bob password two") == "alice:one");
  CHECK(entry("default login anybody password x\nmachine h1 login alice password y") == "alice:y");
  CHECK(entry("machine h2 login bob password x default login anybody password y") == "anybody:y");
  CHECK(entry("machine h2 login bob password x") == "none");
  CHECK(entry("") == "none");
}

TEST_CASE("words may be quoted, and comments and macros are passed over") {
  CHECK(entry("# machine h1 login no password no\nmachine h1 # here\nlogin alice password \"two words \\\" #1\"") ==
        "alice:two words \" #1");
  CHECK(entry("macdef init\nmachine h1 login no\n\nmachine h1 login alice password a\\ b") == "alice:a b");
  CHECK(entry("machine h1 login alice password \"never ends") == "alice:never ends");
}

TEST_CASE("a file that is no netrc counts as none") {
  for (const char* text : {"login alice password x", "machine h1 login", "machine h1 pass word", "machine", "{\"a\": 1}"})
    CHECK(entry(text) == "none");
  CHECK(entry(std::string("machine h1 login a\0b password x", 31)) == std::string("a\0b:x", 5));
}

void write(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  REQUIRE(chmod(path.c_str(), mode) == 0);
}

std::string sent_by_status(test::SessionFixture& f) {
  f.reply("GET /v1/jobs", 200, R"({"jobs": [], "total": 0})");
  list_jobs(f.session, {"devcluster/www-data", false, false});
  const net::ClientRequest sent = f.http.requests().at(0);
  const auto found = sent.headers.find("Authorization");
  return found == sent.headers.end() ? "" : found->second;
}

TEST_CASE("what ~/.netrc says of the scheduler's host is sent, and others who can read it are told of") {
  test::SessionFixture f(Grammar::NounVerb);
  write(f.folder.path() + "/.netrc", "machine scheduler login alice password open:sesame", 0600);
  CHECK(sent_by_status(f) == "Basic YWxpY2U6b3BlbjpzZXNhbWU=");
  CHECK(f.err.str().find("WARN") == std::string::npos);
  CHECK(f.err.str().find("sesame") == std::string::npos);

  test::SessionFixture open(Grammar::NounVerb);
  write(open.folder.path() + "/_netrc", "default login a password b", 0644);
  CHECK(sent_by_status(open) == "Basic YTpi");
  CHECK(open.err.str().find("chmod 600 " + open.folder.path() + "/_netrc") != std::string::npos);

  test::SessionFixture none(Grammar::NounVerb);
  write(none.folder.path() + "/.netrc", "machine elsewhere login a password b", 0644);
  CHECK(sent_by_status(none).empty());
  CHECK(none.err.str().find("WARN") == std::string::npos);
}

}  // namespace
}  // namespace aurora::client
