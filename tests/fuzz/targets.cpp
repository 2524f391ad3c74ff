#include "targets.h"

#include <cstdio>
#include <cstdlib>

void aurora::fuzz::promise(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}
