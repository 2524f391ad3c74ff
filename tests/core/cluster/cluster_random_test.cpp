// Random histories: whatever is done, the invariants hold, applying twice changes nothing, and a replay of
// the final records in any order gives the same cluster.
#include <catch2/catch.hpp>

#include <algorithm>

#include "support/random_history.h"

using namespace aurora;
using namespace aurora::core;

namespace {

std::vector<Task> records_of(const Cluster& cluster) {
  std::vector<Task> records;
  for (const Task* task : cluster.list_tasks({})) records.push_back(*task);
  return records;
}

void check_same(const Cluster& a, const Cluster& b) {
  CHECK(records_of(a) == records_of(b));
  CHECK(a.pending_groups() == b.pending_groups());
  for (const Host* host : a.list_hosts()) {
    CHECK(a.available(host->id) == b.available(host->id));
    for (const JobKey& job : a.list_jobs()) {
      CHECK(a.count_job_tasks(job, "rack", "r1") == b.count_job_tasks(job, "rack", "r1"));
    }
  }
  CHECK(b.check_invariants().value_or("") == "");
}

}  // namespace

TEST_CASE("invariants hold through random histories, which replay to the same cluster") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    test::RandomHistory history(seed);
    Cluster twice;
    size_t applied = 0;
    for (int step = 0; step < 300; ++step) {
      history.step();
      REQUIRE(history.cluster().check_invariants().value_or("") == "");
      for (; applied < history.changes().size(); ++applied) {
        twice.apply(history.changes()[applied]);
        twice.apply(history.changes()[applied]);
      }
    }
    check_same(history.cluster(), twice);

    std::vector<Change> records;
    for (const Task& task : records_of(history.cluster())) records.push_back(TaskSaved{task});
    for (const Host* host : history.cluster().list_hosts()) records.push_back(HostSaved{*host});
    std::reverse(records.begin(), records.end());
    Cluster replayed;
    for (const Change& record : records) replayed.apply(record);
    check_same(history.cluster(), replayed);
  }
}
