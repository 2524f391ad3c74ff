#include "aurora/base/counters.h"

#include <catch2/catch.hpp>

TEST_CASE("counters add up, gauges replace, names are normalised") {
  aurora::Counters counters;
  counters.add("task_kills");
  counters.add("task_kills", 4);
  counters.set("uptime", 1.5);
  counters.set("uptime", 2.5);
  counters.add("jobs www/prod:web");
  CHECK(counters.values() ==
        std::map<std::string, double>{{"task_kills", 5}, {"uptime", 2.5}, {"jobs_www/prod_web", 1}});
}
