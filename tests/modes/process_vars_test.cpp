#include "modes/process_vars.h"

#include <catch2/catch.hpp>

TEST_CASE("monitoring finds the process and its machine under the original's names") {
  const auto process_vars = aurora::make_process_vars();
  auto vars = process_vars();
  CHECK(vars.size() == 7);
  CHECK(vars["process_cpu_time_nanos"] > 0);
  CHECK(vars["process_open_fd_count"] >= 3);
  CHECK(vars["process_max_fd_count"] > vars["process_open_fd_count"]);
  CHECK(vars["system_free_physical_memory_mb"] > 0);
  CHECK(process_vars()["process_cpu_time_nanos"] >= vars["process_cpu_time_nanos"]);
}
