// A session without a world: captured streams, a fake network, a clock that moves when the verb waits.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "aurora/client/session.h"
#include "support/fake_clock.h"
#include "support/http_fake.h"
#include "support/temp_folder.h"

namespace aurora::test {

class SessionFixture {
 public:
  static constexpr char kOrigin[] = "http://scheduler:8081";

  explicit SessionFixture(client::Grammar grammar, std::string verb = "test")
      : console(out, err, {}), session(grammar, std::move(verb), console, world()) {
    std::ofstream(folder.path() + "/clusters.json") << R"([{"name": "devcluster", "scheduler_uri": "http://scheduler:8081"}])";
    http.serve(kOrigin, [this](const net::Request& request) { return answer(request); });
  }

  // What the scheduler answers to "POST /v1/jobs"; several are given one after another, the last for ever.
  void reply(const std::string& route, int status, const std::string& body) { replies[route].push_back({status, body}); }

  std::string body_of(const std::string& route) const {
    const auto found = bodies.find(route);
    return found == bodies.end() ? "" : found->second;
  }

  std::ostringstream out;
  std::ostringstream err;
  FakeClock clock;
  FakeHttpClient http;
  TempFolder folder;
  config::Evaluation evaluation;  // what every job file evaluates to
  client::Console console;
  client::Session session;
  std::map<std::string, std::string> bodies;  // the last one sent, by route
  std::string parting_words;  // what ^C would say besides
  int pauses_before_interrupt = 1000;

  // Hooks are a plain function, so what they saw and answer is kept here; reset both where they are used.
  static std::string& hook_calls() {
    static std::string calls;
    return calls;
  }
  static bool& refuses_hooks() {
    static bool refuses = false;
    return refuses;
  }

 private:
  struct Reply {
    int status;
    std::string body;
  };

  client::World world() {
    return {http,
            clock,
            [this](const std::string& name) -> std::optional<std::string> {
              if (name == "AURORA_CONFIG_ROOT" || name == "HOME") return folder.path();
              if (name == "LOGNAME") return "alice";
              return std::nullopt;
            },
            [this](Duration duration) {
              clock.advance(duration);
              return --pauses_before_interrupt > 0;
            },
            [] {},
            [] { return std::string("11111111-2222-4333-8444-555555555555"); },
            [this](const config::EvaluateRequest& request) -> Result<config::Evaluation> {
              if (request.tiers && !evaluation.failure) {
                const auto tiers = request.tiers();
                if (!tiers.ok()) return tiers.error();
              }
              return evaluation;
            },
            answer_hooks,
            [this](const std::string& words) { parting_words = words; }};
  }

  static config::HookOutcome answer_hooks(const std::string& event, const std::string& method, const std::string&,
                                          const std::string&) {
    hook_calls() += event + "_" + method + " ";
    return {!refuses_hooks(), {}, {}};
  }

  net::Response answer(const net::Request& request) {
    const std::string route = request.method + " " + request.path;
    bodies[route] = request.body;
    auto& waiting = replies[route];
    if (waiting.empty()) {
      return {404, "application/json", R"({"code":"NOT_FOUND","message":"no reply for )" + route + R"(","details":[]})"};
    }
    const Reply reply = waiting.front();
    if (waiting.size() > 1) waiting.erase(waiting.begin());
    return {reply.status, "application/json", reply.body};
  }

  std::map<std::string, std::vector<Reply>> replies;
};

}  // namespace aurora::test
