// aurora_sim: simulated clusters, one per seed. Exits 1 on the first violation, after the command that shows
// it again.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "aurora/base/log.h"
#include "sim/simulation.h"
#include "sim/what_if.h"

namespace {

constexpr const char* kUsage =
    "Usage: tests/sim/run [--seed N] [--seeds COUNT] [--first-seed N] [--plant BUG] [--what-if] [--verbose]\n"
    "  --seed N         one cluster; the same seed makes the same history\n"
    "  --seeds COUNT    this many clusters (default 100), from --first-seed on (default 1)\n"
    "  --plant BUG      a bug that must be found: effect-before-done, answer-before-durable,\n"
    "                   read-before-durable, sync-skipped, kill-sent-once, launch-not-idempotent, "
    "stall-counts,\n"
    "                   bury-newborn, journal-tail-cut, kill-unknown, kill-repeats, "
    "digest-without-status,\n"
    "                   health-forgotten or marks-forgotten\n"
    "  --what-if        other clusters, without faults: is what a forecast says what then happens?\n"
    "  --verbose        tell what happens\n";

struct Range {
  uint64_t first = 1;
  uint64_t count = 100;
};

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "tests/sim/run: %s\n%s", why.c_str(), kUsage);
  std::exit(2);
}

uint64_t parse_number(const std::string& flag, const char* text) {
  char* end = nullptr;
  const unsigned long long number = text == nullptr ? 0 : std::strtoull(text, &end, 10);
  if (text == nullptr || end == text || *end != '\0') refuse(flag + " wants a number");
  return number;
}

aurora::sim::Plant parse_plant(const std::string& name) {
  const auto plant = aurora::find_enum<aurora::sim::Plant>(name);
  if (!plant) refuse("there is no bug '" + name + "' to plant");
  return *plant;
}

int compare_forecasts(const Range& range, bool verbose) {
  size_t pending = 0;
  size_t preempted = 0;
  uint64_t left_open = 0;
  for (uint64_t seed = range.first; seed < range.first + range.count; ++seed) {
    const aurora::sim::WhatIfOutcome outcome = aurora::sim::compare_what_if(seed, verbose);
    pending += outcome.pending;
    preempted += outcome.preempted;
    left_open += outcome.is_left_open ? 1 : 0;
    if (!outcome.difference) continue;
    std::printf("DIFFERENCE after %s: %s\n  tests/sim/run --what-if --seed %llu\n", outcome.change.c_str(), outcome.difference->c_str(),
                static_cast<unsigned long long>(seed));
    return 1;
  }
  std::printf("%llu forecasts from seed %llu came true (%zu tasks wait, %zu had to go), %llu were left open\n",
              static_cast<unsigned long long>(range.count - left_open), static_cast<unsigned long long>(range.first), pending, preempted,
              static_cast<unsigned long long>(left_open));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Range range;
  aurora::sim::Options options;
  std::string plant;
  bool is_what_if = false;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (flag == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (flag == "--what-if") {
      is_what_if = true;
      continue;
    }
    if (flag == "--help" || flag == "-h") return std::fputs(kUsage, stdout), 0;
    if (flag == "--seed")
      range = {parse_number(flag, value), 1};
    else if (flag == "--seeds")
      range.count = parse_number(flag, value);
    else if (flag == "--first-seed")
      range.first = parse_number(flag, value);
    else if (flag == "--plant")
      options.plant = parse_plant(plant = value == nullptr ? "" : value);
    else
      refuse("unknown option " + flag);
    ++i;
  }
  aurora::configure_log(aurora::LogFormat::Text,
                        options.verbose ? aurora::LogLevel::Info : aurora::LogLevel::Error);
  if (is_what_if) return compare_forecasts(range, options.verbose);
  uint64_t rounds = 0;
  size_t tasks = 0;
  aurora::sim::Seen seen;
  for (uint64_t seed = range.first; seed < range.first + range.count; ++seed) {
    options.seed = seed;
    const aurora::sim::Outcome outcome = simulate(options);
    rounds += outcome.rounds;
    tasks += outcome.tasks;
    seen.add(outcome.seen);
    if (!outcome.violation) continue;
    std::printf("VIOLATION %s\n  tests/sim/run --seed %llu%s%s\n", outcome.violation->c_str(),
                static_cast<unsigned long long>(seed), plant.empty() ? "" : " --plant ", plant.c_str());
    return 1;
  }
  std::printf("%llu seeds from %llu, no violation (%llu scheduler rounds, %zu tasks, %zu plans came as planned)\n",
              static_cast<unsigned long long>(range.count), static_cast<unsigned long long>(range.first),
              static_cast<unsigned long long>(rounds), tasks, seen.plans);
  return 0;
}
