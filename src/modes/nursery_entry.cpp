// Enters `aurora nursery` and `aurora unpack-image` before any static initialiser runs.
//
// Every runner is a copy of the nursery. The initialisers of RocksDB, protobuf and Python would make each of
// them touch memory that it never uses. What runs here must not need them: no iostreams, no global objects
// with constructors.
#include <unistd.h>

#include <cstring>

#include "aurora/executor/image_unpacker.h"
#include "aurora/executor/nursery.h"

namespace {

void enter_nursery(int argc, char** argv, char**) {
  if (argc > 1 && std::strcmp(argv[1], "nursery") == 0) ::_exit(aurora::executor::nursery_main(argc, argv));
  if (argc > 1 && std::strcmp(argv[1], "unpack-image") == 0) ::_exit(aurora::executor::unpack_image_main(argc - 1, argv + 1));
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const kEntry)(int, char**, char**) = enter_nursery;

}  // namespace
