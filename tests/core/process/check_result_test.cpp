#include "aurora/core/process/check_result.h"

#include <catch2/catch.hpp>

using namespace aurora::core;

TEST_CASE("what an HTTP answer means") {
  struct Case {
    std::string expected;
    int expected_code;
    int status;
    std::string body;
    std::string failure;
  };
  const auto differs = [](const std::string& expected, const std::string& got) {
    return "Response differs from expected response (expected \"" + expected + "\", got \"" + got + "\")";
  };
  const Case cases[] = {
      {"ok", 0, 200, "ok", ""},
      {"ok", 0, 200, " \r\nOK\n", ""},
      {"Ok", 0, 299, "oK", ""},
      {"ok", 0, 200, "no", differs("ok", "no")},
      {"ok", 0, 200, "", differs("ok", "")},
      {"ok", 0, 500, "ok", differs("ok", "")},  // the body of an error does not count
      {"ok", 0, 404, "ok", differs("ok", "")},
      {"", 0, 500, "anything", ""},
      {"", 0, 200, "", ""},
      {"", 200, 204, "", "Response code differs from expected response (expected 200, got 204)"},
      {"", 500, 500, "", ""},
      {"ok", 201, 200, "ok", "Response code differs from expected response (expected 201, got 200)"},
      {"ok", 201, 200, "no", differs("ok", "no")},
      {"123456789", 0, 200, "ABCDEFGHI", differs("123456789", "abcdefghi")},
      {"1234567890", 0, 200, "ABCDEFGHIJ", differs("1234567...", "abcdefg...")},
      {"ok", 0, 200, "\xff", differs("ok", "\\xff")},
  };
  for (const Case& c : cases) {
    INFO(c.body);
    CHECK(judge_answer({1, "/health", c.expected, c.expected_code}, c.status, c.body).value_or("") ==
          c.failure);
  }
  CHECK(answer_bytes_needed({1, "/", "", 0}) == 0);
  CHECK(answer_bytes_needed({1, "/", "ok", 0}) > 2);
}

TEST_CASE("what no answer means") {
  CHECK(no_answer(31000, "/health", "<urlopen error [Errno 111] Connection refused>") ==
        "Failed to signal http://localhost:31000/health: <urlopen error [Errno 111] Connection refused>");
}

TEST_CASE("what the end of a command means") {
  CHECK_FALSE(judge_exit({"true"}, 0, "anything").has_value());
  CHECK(judge_exit({"false"}, 1, "") == "Command 'false' returned non-zero exit status 1 with output ''");
  CHECK(judge_exit({"x"}, -9, "so\nfar") ==
        "Command 'x' returned non-zero exit status -9 with output 'so\nfar'");
  const std::string longest = *judge_exit({std::string(100'000, 'c')}, 1, std::string(100'000, 'o'));
  CHECK(longest.size() < 3000);
  CHECK(longest.find("c...' returned") != std::string::npos);
  CHECK(longest.ends_with("o...'"));
  CHECK(judge_exit({"x"}, 1, "\xfe") == "Command 'x' returned non-zero exit status 1 with output '\\xfe'");
}
