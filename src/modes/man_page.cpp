#include "modes/man_page.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "aurora/base/build_info.h"
#include "modes/help_format.h"

namespace aurora {
namespace {

std::string trimmed(std::string text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.erase(0, begin);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
  return text;
}

bool starts_with_any(const std::string& line, std::initializer_list<const char*> starts) {
  return std::ranges::any_of(starts, [&](const char* start) { return line.starts_with(start); });
}

// "  --port N [8081]   Where it answers": the gap is two blanks at least.
ManPage::Item parse_item(const std::string& line) {
  const std::string text = trimmed(line);
  const size_t gap = std::min(text.find("  "), text.find('\t'));
  if (gap == std::string::npos) return {text, ""};
  return {trimmed(text.substr(0, gap)), trimmed(text.substr(gap))};
}

class HelpParser {
 public:
  explicit HelpParser(ManPage& page) : page_(page) {}

  void take(const std::string& line) {
    constexpr size_t kDescription = 8;  // deeper than this a line goes on with the item above
    const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
    if (indent == line.size()) return;
    if (indent >= kDescription && section_ != nullptr && !section_->items.empty()) {
      std::string& text = section_->items.back().text;
      text += (text.empty() ? "" : " ") + trimmed(line);
    } else if (indent > 0) {
      section().items.push_back(parse_item(line));
    } else {
      take_paragraph(line);
    }
  }

 private:
  void take_paragraph(const std::string& line) {
    if (starts_with_any(line, {"Usage: ", "usage: "})) {
      page_.usages.push_back(line.substr(7));
      section_ = nullptr;
    } else if (line.starts_with("Example: ")) {
      page_.examples.push_back(line.substr(9));
    } else if (line.ends_with(':')) {
      begin_section(line.substr(0, line.size() - 1));
    } else if (page_.command.ends_with(" " + line)) {
      return;  // a title
    } else if (page_.summary.empty()) {
      page_.summary = line;
    } else {
      page_.paragraphs.push_back(line);
    }
  }

  void begin_section(const std::string& title) {
    page_.sections.push_back({title, {}});
    section_ = &page_.sections.back();
  }
  ManPage::Section& section() {
    if (section_ == nullptr) begin_section("Commands");
    return *section_;
  }

  ManPage& page_;
  ManPage::Section* section_ = nullptr;
};

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string quoted_for_roff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      case '"': result += "\\(dq"; break;
      default: result += c;
    }
  }
  return result.starts_with('.') ? "\\&" + result : result;
}

// "-m,--message TEXT [none]": names are bold, what is to be replaced is not.
std::string roff_term(const std::string& term) {
  const size_t end = std::min(term.find(' '), term.size());
  std::string names = term.substr(0, end);
  std::string result;
  for (size_t comma; (comma = names.find(",-")) != std::string::npos; names.erase(0, comma + 1))
    result += "\\fB" + quoted_for_roff(names.substr(0, comma)) + "\\fR, ";
  return result + "\\fB" + quoted_for_roff(names) + "\\fR" + quoted_for_roff(term.substr(end));
}

std::string without_stop(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

void add_section(const ManPage::Section& section, std::string& out) {
  out += ".SH \"" + quoted_for_roff(upper(section.title)) + "\"\n";
  for (const ManPage::Item& item : section.items) {
    out += ".TP\n" + roff_term(item.term) + "\n";
    if (!item.text.empty()) out += quoted_for_roff(item.text) + "\n";
  }
}

constexpr size_t kMargin = 7;

std::string indented(const std::string& text, size_t indent, size_t columns) {
  return std::string(indent, ' ') + wrap(text, indent, indent, columns) + "\n";
}

}  // namespace

std::string man_page_name(std::string command) {
  std::ranges::replace(command, ' ', '-');
  return command;
}

ManPage parse_help(const std::string& command, const std::string& help) {
  ManPage page;
  page.command = command;
  HelpParser parser(page);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) parser.take(line);
  std::erase_if(page.sections, [](const ManPage::Section& section) { return section.items.empty(); });
  return page;
}

std::string to_roff(const ManPage& page, const std::vector<std::string>& others, const std::string& date) {
  std::string out = ".TH \"" + quoted_for_roff(upper(man_page_name(page.command))) + "\" 1 \"" + date + "\" \"Aurora " +
                    quoted_for_roff(std::string(build_info().version)) + "\" \"Aurora Manual\"\n";
  out += ".SH NAME\n" + quoted_for_roff(man_page_name(page.command)) + " \\- " + quoted_for_roff(without_stop(page.summary)) + "\n.SH SYNOPSIS\n";
  for (const std::string& usage : page.usages) {
    const std::string rest = usage.starts_with(page.command) ? usage.substr(page.command.size()) : " " + usage;
    out += (&usage == &page.usages.front() ? "" : ".br\n") + ("\\fB" + quoted_for_roff(page.command) + "\\fR") +
           quoted_for_roff(rest) + "\n";
  }
  if (!page.paragraphs.empty()) out += ".SH DESCRIPTION\n";
  for (const std::string& text : page.paragraphs)
    out += (&text == &page.paragraphs.front() ? "" : ".PP\n") + quoted_for_roff(text) + "\n";
  for (const ManPage::Section& section : page.sections) add_section(section, out);
  if (!page.examples.empty()) out += ".SH EXAMPLES\n.EX\n";
  for (const std::string& example : page.examples) out += quoted_for_roff(example) + "\n";
  if (!page.examples.empty()) out += ".EE\n";
  if (!others.empty()) out += ".SH \"SEE ALSO\"\n";
  for (const std::string& other : others)
    out += ".BR " + quoted_for_roff(other) + (&other == &others.back() ? " (1)\n" : " (1),\n");
  return out;
}

std::string to_plain_text(const ManPage& page, size_t columns) {
  std::string out = "NAME\n" + indented(man_page_name(page.command) + " - " + without_stop(page.summary), kMargin, columns) + "\nSYNOPSIS\n";
  for (const std::string& usage : page.usages) out += indented(usage, kMargin, columns);
  if (!page.paragraphs.empty()) out += "\nDESCRIPTION\n";
  for (const std::string& text : page.paragraphs)
    out += (&text == &page.paragraphs.front() ? "" : "\n") + indented(text, kMargin, columns);
  for (const ManPage::Section& section : page.sections) {
    out += "\n" + upper(section.title) + "\n";
    for (const ManPage::Item& item : section.items) {
      out += indented(item.term, kMargin, columns);
      if (!item.text.empty()) out += indented(item.text, 2 * kMargin, columns);
    }
  }
  if (!page.examples.empty()) out += "\nEXAMPLES\n";
  for (const std::string& example : page.examples) out += std::string(kMargin, ' ') + example + "\n";
  return out;
}

}  // namespace aurora
