// A help page as a manual page. The texts are those of `--help`: nothing is written twice.
#pragma once

#include <string>
#include <vector>

namespace aurora {

struct ManPage {
  struct Item {
    std::string term;  // an option, a command
    std::string text;
  };
  struct Section {
    std::string title;  // "Options"
    std::vector<Item> items;
  };
  std::string command;  // "aurora job create"
  std::string summary;  // one sentence
  std::vector<std::string> usages;
  std::vector<std::string> paragraphs;
  std::vector<Section> sections;
  std::vector<std::string> examples;
};

std::string man_page_name(std::string command);  // "aurora-job-create"

// `help`: as printed with lines of any length.
ManPage parse_help(const std::string& command, const std::string& help);
// roff with the man macros. `others`: pages to see also, by their names. `date`: "2026-11-30".
std::string to_roff(const ManPage& page, const std::vector<std::string>& others, const std::string& date);
std::string to_plain_text(const ManPage& page, size_t columns);

}  // namespace aurora
