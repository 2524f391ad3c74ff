// An engine with a log on a simulated disk, driven by hand.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>

#include "aurora/scheduler/engine.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/memory_round_log.h"
#include "support/memory_store.h"

namespace aurora::scheduler {

using namespace core;
using test::a_config;
using test::a_host;
using test::a_job;
using test::a_key;

struct RecordingOutbox : Outbox {
  std::vector<Effect> effects;
  std::function<void()> on_post = [] {};
  void post(std::vector<Effect> posted) override {
    on_post();
    for (Effect& effect : posted) {
      if (std::holds_alternative<LaunchTask>(effect) && room_left > 0) --room_left;
      effects.push_back(std::move(effect));
    }
  }
  size_t room_left = 1'000'000;
  size_t room() const override { return room_left; }
};

// restart() is what a new process does with what the disk holds.
struct Bench {
  test::SimDisk disk;
  test::MemoryStore store{disk};
  test::MemoryRoundLog log{store};
  test::FakeClock clock;
  RecordingOutbox outbox;
  Outbox* effects_to = &outbox;  // of the next engine
  Counters counters;
  EngineConfig config;
  std::optional<Error> failure;
  int syncs = 0;
  std::unique_ptr<Engine> engine;

  Bench() {
    config.on_commit_failure = [this](const Error& error) { failure = error; };
    disk.before_sync = [this]() -> Status {
      ++syncs;
      return Unit{};
    };
    restart();
  }
  void restart() {
    engine = std::make_unique<Engine>(config, store, log, clock, Rng(1), *effects_to, counters);
    REQUIRE(engine->start().ok());
  }
  // The answer, if the command was answered by the rounds that were possible at once.
  template <typename C>
  std::optional<Result<Answer>> submit(C command) {
    const auto answer = std::make_shared<std::optional<Result<Answer>>>();  // a log that is held gives it later
    engine->submit_async(Command(std::move(command)), [answer](Result<Answer> a) { *answer = std::move(a); });
    engine->run_round();
    return *answer;
  }
  void settle(Duration time = Duration{}) {
    clock.advance(time);
    while (engine->run_round()) {
    }
  }
  static ReportTasks registration(const std::string& name) {
    ReportTasks report;
    report.host_id = HostId(name);
    report.session = "session";
    report.sequence = 1;
    report.host = a_host(name);
    report.complete = true;
    return report;
  }
  void add_host(const std::string& name = "h1") { REQUIRE(submit(registration(name))->ok()); }
  std::vector<Task> tasks() const {
    return engine->query([](const Cluster& cluster) {
      std::vector<Task> all;
      for (const Task* task : cluster.list_tasks({})) all.push_back(*task);
      return all;
    });
  }
};

}  // namespace aurora::scheduler
