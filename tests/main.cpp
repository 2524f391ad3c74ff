#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// The embedded interpreter keeps its modules and interned names until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:Py\nleak:list_\n"; }

// Tests fork while they have threads. RocksDB's library is built without the thread sanitizer, which cannot see what its
// threads wait for.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:librocksdb.so\n"; }
