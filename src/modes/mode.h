// A mode: the first word after `aurora`, when it is no verb of the client.
#pragma once

#include <string>
#include <vector>

namespace aurora {

// Arguments as given to main() without the program's name; argv[0] is the mode itself. Returns the exit code.
using ModeMain = int (*)(int argc, char** argv);

enum class ModeGroup { Cluster, Tool, Hidden };  // where `aurora help` lists it

struct Mode {
  const char* name;
  ModeGroup group;
  const char* summary;  // one line
  ModeMain run;
};
const Mode* modes();                        // the table in main.cpp; ends with a nullptr name
std::vector<std::string> command_names();  // modes, verbs and nouns that may come first; hidden ones left out

// Each is defined in its own file of this folder, which adds its row to the table in main.cpp.
int version_main(int argc, char** argv);
int client_main(int argc, char** argv);  // every classic verb and noun: argv[0] is that word
int scheduler_main(int argc, char** argv);
int executor_main(int argc, char** argv);
int devcluster_main(int argc, char** argv);
int thermos_main(int argc, char** argv);
int python_main(int argc, char** argv);
int completion_main(int argc, char** argv);
int complete_main(int argc, char** argv);  // hidden: the shell asks for candidates
int help_main(int argc, char** argv);
int man_main(int argc, char** argv);

}  // namespace aurora
