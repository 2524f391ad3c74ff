// Enters `aurora runner` before any static initialiser runs.
//
// There is one runner for each task. Those of RocksDB, protobuf and Python would make each of them touch memory that
// it never uses. What runs here must not need them: no iostreams, no global objects with constructors.
#include <unistd.h>

#include <cstring>

#include "aurora/executor/runner.h"

namespace {

void enter_runner(int argc, char** argv, char**) {
  if (argc > 1 && std::strcmp(argv[1], "runner") == 0) ::_exit(aurora::executor::runner_main(argc - 1, argv + 1));
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const kEntry)(int, char**, char**) = enter_runner;

}  // namespace
