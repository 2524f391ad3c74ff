#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// The embedded interpreter keeps its modules and interned names until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:Py\nleak:list_\n"; }

// RocksDB's archive is built without the thread sanitizer, which cannot see what its threads wait for; nor does that of g++ 12
// see the clocked wait of the watchdog's condition variable.
extern "C" const char* __tsan_default_suppressions() {
  return "race:rocksdb::\nrace:make_backup\nrace:aurora::store::RocksDatabase::open\nrace:aurora::config::Watchdog\n";
}
