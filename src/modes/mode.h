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

// Each is defined in its own file of this folder, which adds its row to the table in main.cpp.
int version_main(int argc, char** argv);
int client_main(int argc, char** argv);      // every classic verb and noun: argv[0] is that word
int scheduler_main(int argc, char** argv);
int executor_main(int argc, char** argv);
int runner_main(int argc, char** argv);      // hidden: the executor starts it, one per task
int devcluster_main(int argc, char** argv);
int completion_main(int argc, char** argv);

}  // namespace aurora
