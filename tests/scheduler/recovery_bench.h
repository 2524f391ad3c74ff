// An engine on a real database, whose copies can be gone back to: as `aurora scheduler` is made of.
#pragma once

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "aurora/scheduler/local_round_log.h"
#include "aurora/scheduler/recovery.h"
#include "scheduler/engine_bench.h"
#include "support/temp_folder.h"

namespace aurora::scheduler {

struct RecoveryBench {
  test::TempFolder folder;
  store::BackupConfig backups{folder.path() + "/db/backups", hours(1), 9};
  test::FakeClock clock;
  Counters counters;
  RecordingOutbox outbox;
  std::unique_ptr<store::DurableStore> store;
  std::unique_ptr<LocalRoundLog> log;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Recovery> recovery;
  std::thread rounds;
  int commits = 0;  // that asked for an end of the process

  RecoveryBench() { start(); }
  ~RecoveryBench() { stop(); }

  void start() {
    auto opened = store::open_rocks_store(folder.path() + "/db", store::IfMissing::Initialize);
    INFO((opened.ok() ? "" : opened.error().message));
    REQUIRE(opened.ok());
    store = std::move(*opened);
    log = std::make_unique<LocalRoundLog>(*store, counters);
    EngineConfig config;
    config.settings.cluster_id = store->cluster_id();
    engine = std::make_unique<Engine>(config, *store, *log, clock, Rng(1), outbox, counters);
    REQUIRE(engine->start().ok());
    recovery = std::make_unique<Recovery>(
        RecoveryConfig{folder.path() + "/db", backups, [this](const auto& done) { done(store->make_backup(backups)); },
                       [this] { ++commits; }},
        *engine, clock);
    rounds = std::thread([this] { engine->run(); });
  }
  void stop() {
    engine->stop();
    rounds.join();
    recovery.reset();
    engine.reset();
    log.reset();
    store.reset();
  }

  void create(const std::string& job, int32_t instances) {
    REQUIRE(engine->submit(CreateJob{a_job(job, instances), "user"}).ok());
  }
  std::string back_up() {
    std::string name;
    recovery->make_backup([&](const Result<store::Backup>& made) {
      REQUIRE(made.ok());
      name = backup_name(*made);
    });
    return name;
  }
  // The state in which it ends.
  RecoveryState stage(const std::string& name) {
    const auto begun = recovery->stage(name);
    INFO((begun.ok() ? "" : begun.error().message));
    REQUIRE(begun.ok());
    while (recovery->report().state == RecoveryState::Loading) std::this_thread::yield();
    return recovery->report().state;
  }
  // The message, or the error's.
  template <typename Begin>
  std::string wait(const Begin& begin) {
    std::promise<std::string> said;
    begin([&](const Result<Message>& done) { said.set_value(done.ok() ? done->text : done.error().message); });
    return said.get_future().get();
  }
  std::string commit() {
    return wait([&](auto done) { recovery->commit(std::move(done)); });
  }
  std::string discard() {
    return wait([&](auto done) { recovery->discard(std::move(done)); });
  }
  std::string delete_tasks(const TaskQuery& query) {
    return wait([&](auto done) { recovery->delete_tasks(query, std::move(done)); });
  }
  size_t task_count() const {
    return engine->query([](const Cluster& cluster) { return cluster.list_tasks({}).size(); });
  }
  Result<size_t> staged_count() const {
    return recovery->look([](const Cluster& cluster) { return cluster.list_tasks({}).size(); });
  }
};

}  // namespace aurora::scheduler
