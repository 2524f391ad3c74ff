#include "aurora/core/process/states.h"

#include <catch2/catch.hpp>
#include <string>

using namespace aurora;
using namespace aurora::core;

TEST_CASE("process lifecycle: every pair, rows from and columns to") {
  // Columns: WAITING FORKED RUNNING SUCCESS KILLED FAILED LOST.
  std::string table;
  for (const auto& from : EnumNames<ProcessState>::values) {
    table += std::string(from.name) + ' ';
    for (const auto& to : EnumNames<ProcessState>::values) table += is_legal(from.value, to.value) ? 'x' : '-';
    table += '\n';
  }
  CHECK(table ==
        "WAITING -x---x-\n"
        "FORKED --x-xxx\n"
        "RUNNING ---xxxx\n"
        "SUCCESS -------\n"
        "KILLED -------\n"
        "FAILED -------\n"
        "LOST -------\n");
}
