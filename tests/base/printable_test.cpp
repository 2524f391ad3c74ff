#include "aurora/base/printable.h"

#include <catch2/catch.hpp>

using namespace aurora;

TEST_CASE("nothing that a terminal obeys is left in what it is shown") {
  const std::string mark = "\xef\xbf\xbd";  // U+FFFD
  CHECK(printable("plain, tab\t and line\nfeed: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x8d\xba") ==
        "plain, tab\t and line\nfeed: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x8d\xba");
  CHECK(printable("\033]0;title\007") == mark + "]0;title" + mark);
  CHECK(printable("over\rwritten\b\x7f") == "over" + mark + "written" + mark + mark);
  CHECK(printable("\xc2\x9b" "31m") == mark + "31m");           // CSI as one character
  CHECK(printable("\x9b" "31m") == mark + "31m");               // and as one byte
  CHECK(printable("a\xe2\x80\xae" "b") == "a" + mark + "b");     // right to left
  CHECK(printable("\xed\xa0\x80") == mark + mark + mark);        // a surrogate
  CHECK(printable("\xc0\x9b\xc3") == mark + mark + mark);        // too long, cut off
  CHECK(printable(std::string_view("\0", 1)) == mark);
}

TEST_CASE("a log line stays one line and shows what was in it") {
  CHECK(printable_line("a\nE1129 forged\033[2J\x9b\xc2\x9b\t\xc3\xa4") ==
        "a\\nE1129 forged\\x1b[2J\\x9b\\u009b\\t\xc3\xa4");
}
