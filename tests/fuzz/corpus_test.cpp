// Every target with its kept corpus, and with seeded changes to it: what libFuzzer found once is found again.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/request_mutator.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

constexpr int kChanged = 3000;  // inputs of each target

std::vector<std::string> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(AURORA_SOURCE_DIR "/tests/fuzz/corpus/" + name)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

void run(const char* name, Target* target) {
  const std::vector<std::string> inputs = corpus_of(name);
  REQUIRE(!inputs.empty());
  for (const std::string& input : inputs) target(input);
  test::RequestMutator mutator(1);
  for (size_t i = 0; i < kChanged; ++i) target(mutator.mutate(inputs[i % inputs.size()]));
}

TEST_CASE("fuzz: requests") { run("request", request); }
TEST_CASE("fuzz: records of the store") { run("record", record); }
TEST_CASE("fuzz: checkpoints") { run("checkpoint", checkpoint); }
TEST_CASE("fuzz: streams of Thermos") { run("thermos_stream", thermos_stream); }
TEST_CASE("fuzz: the host's journal") { run("host_journal", host_journal); }
TEST_CASE("fuzz: times of logs and cursors") { run("log_marks", log_marks); }
TEST_CASE("fuzz: the runner's plan") { run("task_plan", task_plan); }
TEST_CASE("fuzz: task payloads") { run("task_payload", task_payload); }
TEST_CASE("fuzz: documents of an image") { run("image_documents", image_documents); }
TEST_CASE("fuzz: layers of an image") { run("image_layer", image_layer); }
TEST_CASE("fuzz: clusters.json") { run("clusters", clusters); }
TEST_CASE("fuzz: netrc") { run("netrc", netrc); }
TEST_CASE("fuzz: ranges of downloads") { run("byte_range", byte_range); }
TEST_CASE("fuzz: requests as bytes") { run("http_request", http_request); }
TEST_CASE("fuzz: answers as bytes") { run("http_answer", http_answer); }
TEST_CASE("fuzz: control of a shell") { run("exec_control", exec_control); }
TEST_CASE("fuzz: events") { run("events", events); }
TEST_CASE("fuzz: schedules of cron jobs") { run("cron_schedule", cron_schedule); }
TEST_CASE("fuzz: fields of answers") { run("read_fields", read_fields); }
TEST_CASE("fuzz: words of the command line") { run("words", words); }

}  // namespace
}  // namespace aurora::fuzz
