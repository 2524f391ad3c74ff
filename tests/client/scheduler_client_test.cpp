// What is sent to whom, how often, and what the user hears of it.
#include "client/scheduler_client.h"

#include <catch2/catch.hpp>
#include <set>

#include "client/session_fixture.h"

namespace aurora::client {
namespace {

using test::SessionFixture;

constexpr char kSecond[] = "http://second:8081";
constexpr char kOk[] = R"({"message": "done"})";

// Answers after `failures` attempts that end in `error`.
class Flaky {
 public:
  Flaky(SessionFixture& f, int failures, Error error) : fixture_(f), failures_(failures) {
    f.http.fail(SessionFixture::kOrigin, std::move(error));
  }
  // In place of the pause of the session.
  void attempt() {
    if (--failures_ == 0) fixture_.http.heal(SessionFixture::kOrigin);
  }

 private:
  SessionFixture& fixture_;
  int failures_;
};

void use_two(SessionFixture& f, const std::string& more = "") {
  std::ofstream(f.folder.path() + "/clusters.json")
      << R"([{"name": "devcluster", "scheduler_uri": ["http://scheduler:8081/", "http://second:8081"])" + more + "}]";
}

Result<codec::JsonValue> change(SchedulerClient& client) { return client.change("killTasks", "POST", "/v1/x", "{}"); }

std::vector<std::string> keys_of(const SessionFixture& f) {
  std::vector<std::string> keys;
  for (const auto& request : f.http.requests()) {
    const auto key = request.headers.find("Idempotency-Key");
    keys.push_back(key == request.headers.end() ? "" : key->second);
  }
  return keys;
}

std::vector<std::string> urls_of(const SessionFixture& f) {
  std::vector<std::string> urls;
  for (const auto& request : f.http.requests()) urls.push_back(request.method + " " + request.url);
  return urls;
}

TEST_CASE("a change that may have arrived is repeated under its key until it is known what became of it") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("POST /v1/x", 200, kOk);
  Flaky flaky(f, 2, {ErrorCode::DeadlineExceeded, "broke off"});
  f.session.world().pause = [&](Duration time) {
    f.clock.advance(time);
    flaky.attempt();
    return true;
  };
  auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK(change(*client).ok());
  const auto keys = keys_of(f);
  REQUIRE(keys.size() == 3);
  CHECK_FALSE(keys[0].empty());
  CHECK(std::set<std::string>(keys.begin(), keys.end()).size() == 1);
}

TEST_CASE("a change that certainly did not arrive is sent once, unless the scheduler was there before") {
  SessionFixture f(Grammar::NounVerb);
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  auto client = SchedulerClient::find(f.session, "devcluster");
  const auto refused = change(*client);
  CHECK(refused.error().code == ErrorCode::Unavailable);
  CHECK_THAT(refused.error().message, Catch::EndsWith("connection refused, not retrying"));
  CHECK(f.http.requests().size() == 1);

  f.http.heal(SessionFixture::kOrigin);
  f.reply("GET /v1/y", 200, kOk);
  f.reply("POST /v1/x", 200, kOk);
  CHECK(client->get("getJobs", "/v1/y").ok());
  Flaky flaky(f, 1, {ErrorCode::Unavailable, "connection refused"});
  f.session.world().pause = [&](Duration) {
    flaky.attempt();
    return true;
  };
  CHECK(change(*client).ok());
}

TEST_CASE("what is not known in the end is said to be in doubt") {
  SessionFixture f(Grammar::NounVerb);
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::DeadlineExceeded, "broke off"});
  auto client = SchedulerClient::find(f.session, "devcluster");
  const auto keyed = change(*client);
  CHECK(keyed.error().code == ErrorCode::DeadlineExceeded);
  CHECK_THAT(keyed.error().message, Catch::EndsWith("It may have been done all the same: look before you ask for it again"));
  CHECK(f.clock.monotonic() < minutes(9));  // later the scheduler does not know the key any more
  const size_t before = f.http.requests().size();
  CHECK_THAT(client->post("pauseJobUpdate", "/v1/z", "{}").error().message, Catch::Contains("not retrying. It may have been done"));
  CHECK(f.http.requests().size() == before + 1);
  const auto read = client->get("getJobs", "/v1/y");
  CHECK_THAT(read.error().message, !Catch::Contains("done all the same"));
}

TEST_CASE("a scheduler that starts is asked again, for anything") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("POST /v1/x", 503, R"({"code":"UNAVAILABLE","message":"Storage is not READY","details":[]})");
  f.reply("POST /v1/x", 200, kOk);
  auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK(client->post("reconcile", "/v1/x", "{}").ok());
}

TEST_CASE("a server that is no scheduler is told of at once, and a proxy that has none at the moment is asked again") {
  SessionFixture f(Grammar::NounVerb);
  auto client = SchedulerClient::find(f.session, "devcluster");
  for (const int status : {400, 404, 405, 501}) {
    f.reply("GET /v1/x" + std::to_string(status), status, "<html>no</html>");
    const auto got = client->get("getJobs", "/v1/x" + std::to_string(status));
    CHECK(got.error().code == ErrorCode::DataLoss);
    CHECK(got.error().message == "HTTP " + std::to_string(status) + " from http://scheduler:8081: that is no Aurora scheduler; look at "
                                 "scheduler_uri of devcluster in clusters.json");
  }
  CHECK(f.http.requests().size() == 4);
  for (const int status : {429, 502, 503, 504}) f.reply("GET /v1/y", status, "<html>wait</html>");
  f.reply("GET /v1/y", 200, kOk);
  CHECK(client->get("getJobs", "/v1/y").ok());
}

TEST_CASE("of several schedulers the next is asked when one is not there, and goes on being asked") {
  SessionFixture f(Grammar::NounVerb);
  use_two(f);
  f.http.serve(kSecond, [](const net::Request&) { return net::Response{.body = kOk}; });
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK(change(*client).ok());
  CHECK(client->get("getJobs", "/v1/y").ok());
  CHECK(urls_of(f) == std::vector<std::string>{"POST http://scheduler:8081/v1/x", "POST http://second:8081/v1/x",
                                               "GET http://second:8081/v1/y"});
  CHECK(client->page_url({"www"}) == "http://second:8081/scheduler/www");
  CHECK(f.err.str().empty());
}

TEST_CASE("one that redirects to another that the user has named keeps the secret; to a stranger it does not go") {
  SessionFixture f(Grammar::NounVerb);
  use_two(f, R"(, "secret_file": "secret")");
  std::ofstream(f.folder.path() + "/secret") << "0123456789abcdef";
  std::string target = kSecond;
  f.http.serve(SessionFixture::kOrigin, [&](const net::Request& request) {
    return net::Response{.status = 307, .headers = {{"Location", target + request.path}}};
  });
  std::vector<std::string> seen;
  const auto note = [&](const net::Request& request) {
    const auto header = request.headers.find("authorization");
    seen.push_back(header == request.headers.end() ? "none" : header->second);
    return net::Response{.body = kOk};
  };
  f.http.serve(kSecond, note);
  f.http.serve("http://stranger:80", note);
  auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK(change(*client).ok());
  target = "http://stranger:80";
  auto other = SchedulerClient::find(f.session, "devcluster");
  CHECK(change(*other).ok());
  CHECK(seen == std::vector<std::string>{"Bearer 0123456789abcdef", "none"});
}

TEST_CASE("schedulers that redirect to each other are told of") {
  SessionFixture f(Grammar::NounVerb);
  use_two(f);
  const auto to = [](const std::string& origin) {
    return [origin](const net::Request& request) {
      return net::Response{.status = 307, .headers = {{"Location", origin + request.path}}};
    };
  };
  f.http.serve(SessionFixture::kOrigin, to(kSecond));
  f.http.serve(kSecond, to(SessionFixture::kOrigin));
  f.session.set_timeout(seconds(1));
  auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK_THAT(client->get("getJobs", "/v1/y").error().message, Catch::Contains("redirect to each other"));
}

TEST_CASE("a uri that is none is named") {
  SessionFixture f(Grammar::NounVerb);
  std::ofstream(f.folder.path() + "/clusters.json") << R"([{"name": "devcluster", "scheduler_uri": "http://a:1, b:2"}])";
  const auto client = SchedulerClient::find(f.session, "devcluster");
  CHECK_THAT(client.error().message, Catch::Contains("scheduler_uri 'b:2' is not a URL"));
}

}  // namespace
}  // namespace aurora::client
