// Rounds that are decided and not durable: who hears of them, when, and how many there may be.
#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "aurora/scheduler/local_round_log.h"
#include "scheduler/engine_bench.h"

namespace aurora::scheduler {
namespace {

// Rounds are durable when the test says so.
struct HeldBench : Bench {
  std::vector<std::string> told;

  HeldBench() {
    add_host();
    log.is_held = true;
  }
  template <typename C>
  void submit_named(const std::string& name, C command) {
    engine->submit_async(Command(std::move(command)), [this, name](const auto&) { told.push_back(name); });
    engine->run_round();
  }
  void create(const std::string& name) { submit_named(name, CreateJob{a_job("www/prod/" + name), "user"}); }
  size_t jobs_seen() const {
    return engine->look([](const Cluster& cluster) { return cluster.list_jobs().size(); }).value;
  }
  void sync() {
    log.begin_sync();
    log.end_sync();
  }
};
using Names = std::vector<std::string>;

TEST_CASE("the next rounds are decided on what one in flight has left, and all are told in order") {
  HeldBench bench;
  const int before = bench.syncs;
  bench.create("a");
  bench.log.begin_sync();
  bench.create("b");
  bench.create("b");  // refused: decided after the first, and told after it
  bench.create("c");
  CHECK(bench.jobs_seen() == 3);
  CHECK(bench.told.empty());
  CHECK(bench.outbox.effects.empty());
  bench.log.end_sync();
  CHECK(bench.told == Names{"a"});
  CHECK(bench.outbox.effects.size() == 1);
  bench.sync();
  CHECK(bench.told == Names{"a", "b", "b", "c"});
  CHECK(bench.outbox.effects.size() == 3);
  CHECK(bench.syncs == before + 2);
}

TEST_CASE("a round that changes nothing durable waits for those before it, and needs no sync") {
  HeldBench bench;
  const auto beat = [&](int64_t sequence) {
    ReportTasks report;
    report.host_id = HostId("h1");
    report.session = "session";
    report.sequence = sequence;
    bench.submit_named("beat", report);
  };
  beat(2);
  CHECK(bench.told == Names{"beat"});
  bench.create("a");
  beat(3);
  CHECK(bench.told == Names{"beat"});
  CHECK(bench.log.waiting() == 1);
  bench.sync();
  CHECK(bench.told == Names{"beat", "a", "beat"});
}

TEST_CASE("a reader is told what he saw when no crash can undo it") {
  HeldBench bench;
  const auto read = [&](const std::string& name) {
    const auto reading =
        bench.engine->look([](const Cluster& cluster) { return cluster.list_jobs().size(); });
    bench.engine->when_durable(reading.round, [&bench, name, jobs = reading.value] {
      bench.told.push_back(name + " saw " + std::to_string(jobs));
    });
  };
  read("first");
  CHECK(bench.told == Names{"first saw 0"});
  bench.create("a");
  bench.log.begin_sync();
  read("second");
  bench.create("b");
  read("third");
  CHECK(bench.told == Names{"first saw 0"});
  bench.log.end_sync();
  CHECK(bench.told == Names{"first saw 0", "a", "second saw 1"});
  bench.sync();
  CHECK(bench.told.back() == "third saw 2");
}

TEST_CASE("nothing in flight is told or done after a failure") {
  HeldBench bench;
  bench.create("a");
  bench.log.begin_sync();
  bench.create("b");
  const auto reading = bench.engine->look([](const Cluster& cluster) { return cluster.list_jobs().size(); });
  bench.engine->when_durable(reading.round, [&] { bench.told.push_back("reader"); });
  bench.disk.before_sync = [] { return Error{ErrorCode::Internal, "the disk is gone"}; };
  bench.log.end_sync();
  CHECK(bench.failure->message == "the disk is gone");
  CHECK_FALSE(bench.log.begin_sync());
  bench.create("c");
  CHECK(bench.told.empty());
  CHECK(bench.outbox.effects.empty());
}

TEST_CASE("no more is decided while too much is in flight, or a sync takes too long") {
  HeldBench bench;
  SECTION("too many rounds") {
    for (int i = 0; i < 2'000; ++i) bench.create("job" + std::to_string(i));
    CHECK(bench.log.waiting() == 1'000);
  }
  SECTION("too many bytes") {
    for (int i = 0; i < 200; ++i) {
      bench.submit_named("large", CreateJob{a_job("www/prod/job" + std::to_string(i), 1'000), "user"});
    }
    CHECK(bench.log.waiting() > 20);
    CHECK(bench.log.waiting() < 190);
  }
  SECTION("a disk that hangs") {
    bench.create("a");
    bench.clock.advance(seconds(2));
    bench.create("b");
    CHECK(bench.log.waiting() == 1);
  }
  const size_t waiting = bench.log.waiting();
  CHECK_FALSE(bench.engine->run_round());
  bench.sync();
  CHECK(bench.engine->run_round());
  CHECK(bench.told.size() >= waiting);
}

// Knows which jobs are durable before anybody else is told, as the log's thread does.
class WatchedLog final : public RoundLog {
 public:
  WatchedLog(store::Store& store, Counters& counters) : log_(store, counters) {}
  void append(RoundNumber round, std::vector<Change> changes, Done done) override {
    std::set<JobKey> jobs;
    for (const Change& change : changes) {
      if (const auto* saved = std::get_if<TaskSaved>(&change)) jobs.insert(saved->task.job());
    }
    log_.append(round, std::move(changes), [this, jobs, done = std::move(done)](const Status& made) {
      {
        const std::lock_guard lock(mutex_);
        durable_.insert(jobs.begin(), jobs.end());
      }
      done(made);
    });
  }
  bool is_durable(const JobKey& job) const {
    const std::lock_guard lock(mutex_);
    return durable_.contains(job);
  }

 private:
  mutable std::mutex mutex_;
  std::set<JobKey> durable_;
  LocalRoundLog log_;
};

TEST_CASE("submitters on many threads are all answered, readers see whole decisions that are durable") {
  Bench bench;
  WatchedLog log(bench.store, bench.counters);
  bench.engine = std::make_unique<Engine>(bench.config, bench.store, log, bench.clock, Rng(1), bench.outbox,
                                          bench.counters);
  REQUIRE(bench.engine->start().ok());
  std::thread loop([&] { bench.engine->run(); });
  REQUIRE(bench.engine->submit(Bench::registration("h1")).ok());
  std::atomic<int> created = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const auto jobs = bench.engine->query([](const Cluster& cluster) {
          std::map<JobKey, size_t> sizes;
          for (const JobKey& job : cluster.list_jobs()) sizes[job] = cluster.list_job_tasks(job).size();
          return sizes;
        });
        for (const auto& [job, size] : jobs) {
          if (size != 5 || !log.is_durable(job)) std::abort();
        }
      }
    });
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string job = "www/prod/job" + std::to_string(t) + "-" + std::to_string(i);
        if (!bench.engine->submit(CreateJob{a_job(job, 5), "user"}).ok()) continue;
        if (!log.is_durable(a_key(job))) std::abort();
        ++created;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  for (std::thread& reader : readers) reader.join();
  bench.engine->stop();
  loop.join();
  CHECK(created == 80);
  CHECK_FALSE(bench.engine->submit(CreateJob{a_job("www/prod/late"), "user"}).ok());
}

TEST_CASE("what was decided before a stop is made durable and answered") {
  Bench bench;
  std::promise<void> in_sync;
  std::promise<void> go_on;
  LocalRoundLog log(bench.store, bench.counters);
  bench.engine = std::make_unique<Engine>(bench.config, bench.store, log, bench.clock, Rng(1), bench.outbox,
                                          bench.counters);
  REQUIRE(bench.engine->start().ok());
  bench.disk.before_sync = [&]() -> Status {
    bench.disk.before_sync = nullptr;
    in_sync.set_value();
    go_on.get_future().get();
    return Unit{};
  };
  std::atomic<int> answered = 0;
  for (const char* job : {"www/prod/a", "www/prod/b"}) {
    bench.engine->submit_async(CreateJob{a_job(job), "user"},
                               [&](const auto& answer) { answered += answer.ok(); });
    bench.engine->run_round();
  }
  in_sync.get_future().get();
  std::thread loop([&] { bench.engine->run(); });
  bench.engine->stop();
  CHECK(answered == 0);
  go_on.set_value();
  loop.join();
  CHECK(answered == 2);
  bench.restart();
  CHECK(bench.tasks().size() == 2);
}

}  // namespace
}  // namespace aurora::scheduler
