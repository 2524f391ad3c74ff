#include "base/log_format.h"

#include <catch2/catch.hpp>

using namespace aurora;

TEST_CASE("a log line is one line of text or one JSON object") {
  const Instant at{1769903999123};
  CHECK(format_log_line(LogFormat::Text, LogLevel::Info, at, "scheduler", "ready") ==
        "I0131 23:59:59.123 scheduler: ready\n");
  CHECK(format_log_line(LogFormat::Text, LogLevel::Error, at, "store", "disk full").front() == 'E');
  CHECK(format_log_line(LogFormat::Text, LogLevel::Info, at, "api", "a\nI0131 forged\033[2J") ==
        "I0131 23:59:59.123 api: a\\nI0131 forged\\x1b[2J\n");
  CHECK(format_log_line(LogFormat::Json, LogLevel::Warning, at, "api", "say \"hi\"\n\\") ==
        R"({"time":"2026-01-31T23:59:59.123Z","level":"warning","area":"api","text":"say \"hi\"\u000a\\"})"
        "\n");
  CHECK(format_log_line(LogFormat::Json, LogLevel::Info, at, "api", "a \xff\xc3\xa4 \xed\xa0\x80") ==
        R"({"time":"2026-01-31T23:59:59.123Z","level":"info","area":"api","text":"a \\xffä \\xed\\xa0\\x80"})"
        "\n");
}
