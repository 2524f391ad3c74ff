#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// The embedded interpreter keeps its modules and interned names until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:Py\nleak:list_\n"; }
