// Runs a fuzz target without libFuzzer: a bounded, repeatable number of damaged requests.
// Usage: seeded_run [COUNT [SEED]]. Ends with the line that tools/test counts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "aurora/codec/json.h"
#include "support/builders.h"
#include "support/request_mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  using namespace aurora;
  const int count = argc > 1 ? std::atoi(argv[1]) : 20'000;
  test::RequestMutator mutator(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  core::JobUpdateRequest update;
  update.task_config = test::a_service();
  core::ReportTasks report;
  report.host = test::a_host();
  report.tasks = {{core::TaskId("t"), core::TaskStatus::Running, "m", Instant{1}}};
  const std::string seeds[] = {codec::encode_json(test::a_job()), codec::encode_json(update),
                               codec::encode_json(report), codec::encode_json(test::a_task())};
  for (int i = 0; i < count; ++i) {
    const size_t kind = static_cast<size_t>(i) % 4;
    const std::string input = std::string(1, static_cast<char>(kind)) + mutator.mutate(seeds[kind]);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::printf("SUITE passed=%d failed=0\n", count);
  return 0;
}
