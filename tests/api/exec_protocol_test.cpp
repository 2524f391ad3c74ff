#include "api/exec_protocol.h"

#include <catch2/catch.hpp>

namespace aurora::api {
namespace {

net::Request asking(std::multimap<std::string, std::string> query) {
  net::Request request;
  request.path = "/v1/tasks/t:exec";
  request.query = std::move(query);
  return request;
}

TEST_CASE("an exec asks for a shell with a terminal, or for a command without, unless it says otherwise") {
  const auto shell = parse_exec_request(asking({}));
  REQUIRE(shell.ok());
  CHECK(shell->command.empty());
  REQUIRE(shell->terminal.has_value());
  CHECK(shell->terminal->rows == 24);
  CHECK(shell->terminal->columns == 80);
  CHECK(shell->terminal_type == "xterm-256color");
  const auto command = parse_exec_request(asking({{"command", "ls"}, {"command", "-l"}, {"command", ""}, {"command", "a b"}}));
  CHECK(command->command == std::vector<std::string>{"ls", "-l", "", "a b"});
  CHECK_FALSE(command->terminal.has_value());
  const auto both = parse_exec_request(
      asking({{"command", "top"}, {"terminal", "true"}, {"rows", "50"}, {"columns", "200"}, {"term", "vt100"}}));
  CHECK(both->terminal->rows == 50);
  CHECK(both->terminal->columns == 200);
  CHECK(both->terminal_type == "vt100");
  CHECK_FALSE(parse_exec_request(asking({{"terminal", "false"}}))->terminal.has_value());
}

TEST_CASE("what an exec cannot be is refused with the reason") {
  const std::pair<std::multimap<std::string, std::string>, const char*> cases[] = {
      {{{"comand", "ls"}}, "has no query parameter 'comand'"},
      {{{"command", ""}}, "The first 'command' is empty"},
      {{{"command", std::string("a\0b", 3)}}, "NUL"},
      {{{"terminal", "yes"}}, "use true or false"},
      {{{"rows", "0"}}, "1 to 10000"},
      {{{"columns", "10001"}}, "1 to 10000"},
      {{{"rows", "x"}}, "not a whole number"},
      {{{"term", "a b"}}, "no name of a terminal"},
      {{{"term", std::string(65, 'x')}}, "no name of a terminal"},
  };
  for (const auto& [query, why] : cases) {
    const auto parsed = parse_exec_request(asking(query));
    INFO(why);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message.find(why) != std::string::npos);
  }
}

TEST_CASE("a control message asks for one thing") {
  CHECK(parse_exec_control(R"({"resize":{"rows":3,"columns":4}})")->resize->columns == 4);
  CHECK(parse_exec_control(R"({"signal":"INT"})")->signal == "INT");
  CHECK(parse_exec_control(R"({"closeStdin":true})")->close_stdin == true);
  CHECK(parse_exec_control(R"({"pause":false})")->pause == false);
  const std::string long_name = R"({"signal":")" + std::string(2000, 'x') + R"("})";
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"signal":"INT","closeStdin":true})"),
        std::string(R"({"closeStdin":false})"), std::string(R"({"resize":{"rows":0,"columns":4}})"),
        std::string(R"({"resize":{"rows":3}})"), std::string(R"({"exit":{}})"), std::string(R"({"signal":9})"), long_name}) {
    INFO(bad.substr(0, 100));
    const auto parsed = parse_exec_control(bad);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message.size() <= 123);  // of a close frame
  }
}

TEST_CASE("an end says how, and why if somebody wanted it") {
  CHECK(encode_exit({.exit_code = 3}) == R"({"exit":{"code":3}})");
  CHECK(encode_exit({.signal = "KILL", .reason = "its task has ended"}) ==
        R"({"exit":{"signal":"KILL"},"reason":"its task has ended"})");
}

TEST_CASE("who asks is told by name and address, and for whom") {
  net::Request request;
  request.remote_address = "10.0.0.1";
  CHECK(requester_of(request) == "somebody at 10.0.0.1");
  request.headers["authorization"] = "Basic YWxpY2U6c2VjcmV0";
  CHECK(requester_of(request) == "alice at 10.0.0.1");
  request.headers["authorization"] = "Basic YQpiOng=";  // a line feed in it
  CHECK(requester_of(request) == "a\\nb at 10.0.0.1");
  request.headers["authorization"] = "Bearer secret";
  request.headers["x-aurora-requester"] = "alice at ::1\x1b";
  CHECK(requester_of(request) == "somebody at 10.0.0.1, for alice at ::1\\x1b");
}

}  // namespace
}  // namespace aurora::api
