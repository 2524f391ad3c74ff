// A mode or verb: the first word after `aurora`.
#pragma once

namespace aurora {

// Arguments as given to main() without the program's name; argv[0] is the mode itself. Returns the exit code.
using ModeMain = int (*)(int argc, char** argv);

struct Mode {
  const char* name;
  const char* summary;  // one line for `aurora help`; empty hides the mode
  ModeMain run;
};

int version_main(int argc, char** argv);

}  // namespace aurora
