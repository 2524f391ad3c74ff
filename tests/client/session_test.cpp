// How a session tells of what goes wrong: a scheduler that does not answer, a refusal, ^C.
#include "aurora/client/session.h"

#include <catch2/catch.hpp>

#include "aurora/client/verbs.h"
#include "client/session_fixture.h"

using namespace aurora;
using namespace aurora::client;
using test::SessionFixture;

namespace {

constexpr char kKey[] = "devcluster/www-data/devel/hello_world";

std::string answer(const char* code, const char* message, const char* details = "") {
  return std::string(R"({"code": ")") + code + R"(", "message": ")" + message + R"(", "details": [)" + details + "]}";
}

int64_t count(const std::string& text, const std::string& part) {
  int64_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace

TEST_CASE("a scheduler that does not answer is told once, then only of another reason") {
  SessionFixture f(Grammar::NounVerb);
  for (const char* reason : {"loading", "loading", "electing", "loading", "electing"})
    f.reply("GET /v1/tasks", 503, answer("UNAVAILABLE", reason));
  f.reply("GET /v1/tasks", 200, R"({"tasks": [], "total": 0})");
  CHECK(status(f.session, {kKey, false}) == 6);
  CHECK(count(f.err.str(), "\n") == 4);
  CHECK_THAT(f.err.str(),
             Catch::StartsWith(" WARN] Connection error with scheduler: loading, reconnecting... for 10 mins; --timeout "
                               "changes that\n WARN] Connection error with scheduler: electing, reconnecting...\n"));
}

TEST_CASE("the end of the tries names how many there were") {
  SessionFixture f(Grammar::NounVerb);
  f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
  f.session.set_timeout(seconds(1));
  CHECK(status(f.session, {kKey, false}) == 9);
  CHECK_THAT(f.err.str(), Catch::EndsWith(": connection refused; tried once\n"));
}

TEST_CASE("an interrupt while calls are repeated ends with 130 and one word") {
  for (const Grammar grammar : {Grammar::Classic, Grammar::NounVerb}) {
    SessionFixture f(grammar);
    f.pauses_before_interrupt = 1;
    f.http.fail(SessionFixture::kOrigin, {ErrorCode::Unavailable, "connection refused"});
    CHECK(status(f.session, {kKey, false}) == 130);
    CHECK_THAT(f.err.str(), Catch::EndsWith("--timeout changes that\nERROR] Command interrupted by user\n"));
  }
}

TEST_CASE("what goes on without the command is said when it is interrupted or gives up") {
  SessionFixture f(Grammar::NounVerb);
  f.session.set_parting_words("It goes on.");
  CHECK(f.parting_words == "It goes on.");
  CHECK(f.session.fail(Error{ErrorCode::DeadlineExceeded, "no answer"}, "Title:", ExitCode::ApiError) == 9);
  CHECK(f.err.str() == "no answer\n WARN] It goes on.\n");
  f.err.str("");
  CHECK(f.session.end_interrupted() == 130);
  CHECK(f.session.end_interrupted() == 130);
  CHECK(f.err.str() == "ERROR] Command interrupted by user\n WARN] It goes on.\n");
}

TEST_CASE("only a refusal that names an active update advises to end it") {
  const auto said = [](Grammar grammar, const Error& error) {
    SessionFixture f(grammar);
    CHECK(f.session.fail(error, "Command failure:", ExitCode::ApiError) == (grammar == Grammar::Classic ? 1 : 10));
    return f.err.str();
  };
  const Error locked{ErrorCode::FailedPrecondition, "Job is currently updating", {"u1"}};
  CHECK(said(Grammar::NounVerb, locked) ==
        "Command failure:\n\tJob is currently updating\n\tError: job is locked by an active update.\n"
        "      Run 'aurora update abort' or wait for the active update to finish.\n");
  CHECK_THAT(said(Grammar::Classic, locked),
             Catch::StartsWith(" INFO] Response from scheduler: LOCK_ERROR (message: Job is currently updating)\n") &&
                 Catch::Contains("cancel_update"));
  const Error other{ErrorCode::FailedPrecondition, "No backup loaded."};
  CHECK(said(Grammar::NounVerb, other) == "Command failure:\n\tNo backup loaded.\n");
  CHECK(said(Grammar::Classic, other) == " INFO] Response from scheduler: INVALID_REQUEST (message: No backup loaded.)\n");
  // A detail of another kind of refusal is no update.
  const Error invalid{ErrorCode::InvalidArgument, "Invalid cron schedule: x", {"minute is 'x'"}};
  CHECK(said(Grammar::NounVerb, invalid) == "Command failure:\n\tInvalid cron schedule: x\n");
}

TEST_CASE("a kill that an update stands in the way of, and a commit without a copy") {
  SessionFixture f(Grammar::NounVerb);
  f.reply("POST /v1/jobs/www-data/devel/hello_world/kill", 409,
          answer("FAILED_PRECONDITION", "Job is currently updating", R"("u1")"));
  KillOptions options;
  options.key = kKey;
  options.batch_size = 0;
  CHECK(killall(f.session, options) == 10);
  CHECK_THAT(f.err.str(), Catch::Contains("locked by an active update"));
  SessionFixture admin(Grammar::NounVerb, "admin scheduler_commit_recovery");
  admin.reply("POST /v1/recovery/commit", 409, answer("FAILED_PRECONDITION", "No backup loaded."));
  RecoveryOptions options_of_admin;
  options_of_admin.cluster = "devcluster";
  CHECK(scheduler_commit_recovery(admin.session, options_of_admin) != 0);
  CHECK_THAT(admin.err.str(), Catch::Contains("No backup loaded.") && !Catch::Contains("update"));
}

TEST_CASE("durations are shown in the largest unit in which they are whole") {
  const struct {
    Duration duration;
    const char* text;
  } cases[] = {{seconds(90), "90 secs"}, {minutes(10), "10 mins"}, {minutes(90), "90 mins"}, {hours(48), "2 days"},
               {hours(12), "12 hrs"},    {seconds(0), "0 secs"},   {seconds(-5), "0 secs"}};
  for (const auto& c : cases) CHECK(to_shown_duration(c.duration) == c.text);
}
