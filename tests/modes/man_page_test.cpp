#include "modes/man_page.h"

#include <catch2/catch.hpp>

using namespace aurora;

namespace {

constexpr char kHelp[] = R"(Create a job: its tasks start soon.

Usage: aurora job create [options] KEY FILE

Arguments:
  KEY                       CLUSTER/ROLE/ENV/NAME

Options:
  -E,--bind NAME=VALUE      Bind a variable
  --a-very-long-name STATE [PENDING]
                            Until then, at most
  -q,--quiet

Notes that stand alone.
Example: aurora job create 'a\b' .x
)";

}  // namespace

TEST_CASE("a help page is taken apart") {
  const ManPage page = parse_help("aurora job create", kHelp);
  CHECK(man_page_name(page.command) == "aurora-job-create");
  CHECK(page.summary == "Create a job: its tasks start soon.");
  CHECK(page.usages == std::vector<std::string>{"aurora job create [options] KEY FILE"});
  CHECK(page.paragraphs == std::vector<std::string>{"Notes that stand alone."});
  CHECK(page.examples == std::vector<std::string>{R"(aurora job create 'a\b' .x)"});
  REQUIRE(page.sections.size() == 2);
  const auto& options = page.sections[1].items;
  REQUIRE(options.size() == 3);
  CHECK(options[0].term == "-E,--bind NAME=VALUE");
  CHECK(options[0].text == "Bind a variable");
  CHECK(options[1].text == "Until then, at most");
  CHECK(options[2].text.empty());
}

TEST_CASE("what roff would take for a command of its own is quoted") {
  ManPage page = parse_help("aurora x", kHelp);
  page.paragraphs = {".dot first", "'quote first", R"(back\slash - ~ ^ ` ")"};
  const std::string roff = to_roff(page, {"aurora", "aurora-y"}, "2026-01-01");
  CHECK(roff.starts_with(".TH \"AURORA\\-X\" 1 \"2026-01-01\" "));
  CHECK(roff.find("\n\\&.dot first\n") != std::string::npos);
  CHECK(roff.find("\n\\(aqquote first\n") != std::string::npos);
  CHECK(roff.find("\nback\\eslash \\- \\(ti \\(ha \\(ga \\(dq\n") != std::string::npos);
  CHECK(roff.find(".TP\n\\fB\\-E\\fR, \\fB\\-\\-bind\\fR NAME=VALUE\nBind a variable\n") != std::string::npos);
  CHECK(roff.find(".SH \"SEE ALSO\"\n.BR aurora (1),\n.BR aurora\\-y (1)\n") != std::string::npos);
}

TEST_CASE("a page without a viewer is text") {
  const std::string text = to_plain_text(parse_help("aurora job create", kHelp), 80);
  CHECK(text.starts_with("NAME\n       aurora-job-create - Create a job: its tasks start soon\n\nSYNOPSIS\n"));
  CHECK(text.find("\nOPTIONS\n       -E,--bind NAME=VALUE\n              Bind a variable\n") != std::string::npos);
  CHECK(text.find("\nEXAMPLES\n       aurora job create") != std::string::npos);
}
