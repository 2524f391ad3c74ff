#include "modes/help_format.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "modes/option_words.h"

namespace aurora {
namespace {

size_t fixed_columns = 0;  // 0: the terminal's

// Where descriptions begin: beside their option, on narrow terminals below it.
size_t option_column() { return help_columns() < 60 ? 6 : 28; }

// "INT:INT in [0 - 9]" is a number, "TEXT:{text,json}" a choice.
std::string value_name(const std::string& type) {
  const size_t colon = type.find(':');
  const std::string check = colon == std::string::npos ? "" : type.substr(colon + 1);
  if (check.starts_with('{')) return check;
  const std::string plain = type.substr(0, colon);
  return plain == "INT" || plain == "UINT" || plain == "FLOAT" ? "N" : plain;
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    const bool has_name = is_positional && option->get_option_text().find_first_not_of(' ') != std::string::npos;
    std::string line = "  " + (has_name ? option->get_option_text()
                                        : make_option_name(option, is_positional) + make_option_opts(option));
    while (line.ends_with(' ')) line.pop_back();
    const size_t column = option_column();
    line += line.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - line.size(), ' ');
    return line + wrap(option->get_description(), column, column, help_columns()) + "\n";
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (!option->get_option_text().empty()) return " " + option->get_option_text();
    if (option->get_type_size() == 0) return "";
    std::string text = " " + value_name(option->get_type_name());
    if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
    return text + (option->get_required() ? " (required)" : "");
  }

  std::string make_description(const CLI::App* app) const override {
    return wrap(app->get_description(), 0, 0, help_columns()) + "\n\n";
  }

  std::string make_footer(const CLI::App* app) const override {
    std::istringstream lines(app->get_footer());
    std::string text;
    for (std::string line; std::getline(lines, line);) text += wrap(line, 0, 2, help_columns()) + "\n";
    return text;
  }
};

// CLI11 lists what is left over last first, and an unknown option's value with it.
std::string describe(const CLI::App& app, const CLI::Error& error) {
  const std::vector<std::string> left = app.remaining();
  const auto option =
      std::find_if(left.begin(), left.end(), [](const std::string& word) { return word.starts_with('-'); });
  if (option == left.end()) return error.what();
  if (!option->starts_with("--")) return "unknown option " + *option;
  return unknown_option(option->substr(2, option->find('=') - 2), long_names(app));
}

}  // namespace

std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  return names;
}

void set_help_format(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->label("OPTIONS", "options");
  app.get_formatter()->label("Positionals", "Arguments");
  app.set_help_flag("-h,--help", "Show this page");
}

int end_parsing(const CLI::App& app, const CLI::Error& error) {
  if (error.get_exit_code() == 0) {
    std::cout << app.help();
    return 0;
  }
  const std::string text = describe(app, error);
  std::cerr << app.get_name() << ": " << text;
  if (!text.ends_with('?')) std::cerr << "; `" << app.get_name() << " --help` shows all options";
  std::cerr << "\n";
  return 2;
}

CLI::Validator above_zero() {
  const auto check = [](const std::string& text) {
    double value = 0;
    return CLI::detail::lexical_cast(text, value) && value > 0 ? "" : "'" + text + "' is no number above 0";
  };
  CLI::Validator validator("");
  validator.operation([check](std::string& text) { return check(text); });
  return validator;
}

size_t help_columns() {
  constexpr size_t kMost = 120;
  constexpr size_t kLeast = 30;
  if (fixed_columns != 0) return fixed_columns;
  const char* variable = std::getenv("COLUMNS");
  winsize size{};
  size_t columns = variable != nullptr ? std::strtoul(variable, nullptr, 10) : 0;
  if (columns == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  return columns == 0 ? 80 : std::clamp(columns, kLeast, kMost);
}

void fix_help_columns(size_t columns) { fixed_columns = columns; }

std::string wrap(const std::string& text, size_t used, size_t indent, size_t columns) {
  std::istringstream words(text);
  std::string result;
  size_t at = used;
  for (std::string word; words >> word;) {
    const bool is_first = result.empty();
    if (!is_first && at + 1 + word.size() > columns) {
      result += "\n" + std::string(indent, ' ');
      at = indent;
    } else if (!is_first) {
      result += ' ';
      ++at;
    }
    result += word;
    at += word.size();
  }
  return result;
}

}  // namespace aurora
