// What the options of every mode have in common. On help pages: an option with its value and default, then
// what it means, wrapped to the terminal.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Error;
class Validator;
}  // namespace CLI

namespace aurora {

void set_help_format(CLI::App& app);

// Prints the help that was asked for (0), or what is wrong with the words in one line that names the nearest
// option (2).
int end_parsing(const CLI::App& app, const CLI::Error& error);

std::vector<std::string> long_names(const CLI::App& app);  // of its options, without dashes

CLI::Validator above_zero();  // for numbers

size_t help_columns();  // $COLUMNS, the terminal's width or 80; 30 to 120
void fix_help_columns(size_t columns);  // that many instead, from now on; 0: no longer

// Breaks the text at blanks; every line but the first begins with `indent` blanks. `used` columns of the
// first are taken.
std::string wrap(const std::string& text, size_t used, size_t indent, size_t columns);

}  // namespace aurora
