// Acknowledged writes a second: many clients at once through the engine and RocksDB, next to one client, next
// to plain synced appends to the same disk, and what held them up. The second table is the same with a disk
// whose sync takes 5 ms, as a spinning disk's or a remote one's. Last, what each change of a task costs.
// write_bench [FOLDER] [SECONDS]
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/scheduler/engine.h"
#include "aurora/scheduler/local_round_log.h"
#include "support/decider.h"

namespace {

using namespace aurora;
using Steady = std::chrono::steady_clock;

struct Nowhere : scheduler::Outbox {
  void post(std::vector<core::Effect>) override {}
};

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

// One append of 1 KB and one fdatasync after the other: what the disk allows a single writer.
double synced_appends(const std::string& folder, double duration) {
  const std::string path = folder + "/appends";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const std::string record(1024, 'x');
  const auto start = Steady::now();
  int count = 0;
  for (; seconds_since(start) < duration; ++count) {
    if (::write(file, record.data(), record.size()) < 0 || ::fdatasync(file) != 0) std::exit(1);
  }
  const double rate = count / seconds_since(start);
  ::close(file);
  return rate;
}

// Creates a job and kills it, again and again: each answer means that the write is on disk.
void write_until(const std::atomic<bool>& done, scheduler::Engine& engine, int client,
                 std::atomic<int>& answered) {
  for (int i = 0; !done; ++i) {
    const std::string name = "www/prod/job-" + std::to_string(client) + "-" + std::to_string(i);
    const auto created = engine.submit(core::CreateJob{test::a_job(name, 1), "bench"});
    const auto killed = engine.submit(
        core::KillTasks{.job = test::a_key(name), .instances = {}, .message = "", .user = "bench"});
    if (!created.ok() || !killed.ok()) std::exit(1);
    answered += 2;
  }
}

// Every commit takes this much longer.
class SlowStore final : public store::Store {
 public:
  SlowStore(store::Store& store, std::chrono::milliseconds delay) : store_(store), delay_(delay) {}
  Status commit(const std::vector<core::Change>& changes) override {
    if (delay_.count() > 0) std::this_thread::sleep_for(delay_);
    return store_.commit(changes);
  }
  Status load(const Take& take) override { return store_.load(take); }

 private:
  store::Store& store_;
  std::chrono::milliseconds delay_;
};

struct Figures {
  double writes = 0;      // a second
  double commits = 0;     // a second
  double engine_cpu = 0;  // of the engine's thread: parts of its time that it computed
  double log_busy = 0;    // of the log's thread: parts of its time that it encoded and waited for the disk
  double others_cpu = 0;  // cores: of the clients, and of the log's thread
};

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Figures acknowledged_writes(const std::string& folder, int clients, double duration,
                            std::chrono::milliseconds sync_delay) {
  std::filesystem::remove_all(folder + "/db");
  auto store = store::open_rocks_store(folder + "/db", store::IfMissing::Initialize);
  if (!store.ok()) {
    std::fprintf(stderr, "write_bench: %s\n", store.error().message.c_str());
    std::exit(1);
  }
  SlowStore slow(**store, sync_delay);
  SystemClock clock;
  Nowhere outbox;
  Counters counters;
  scheduler::LocalRoundLog log(slow, counters);
  scheduler::Engine engine({}, slow, log, clock, Rng(1), outbox, counters);
  if (!engine.start().ok()) std::exit(1);
  std::thread loop([&] { engine.run(); });
  clockid_t engine_clock{};
  ::pthread_getcpuclockid(loop.native_handle(), &engine_clock);
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  const double cpu_start = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double engine_start = cpu_seconds(engine_clock);
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) threads.emplace_back([&, c] { write_until(done, engine, c, answered); });
  std::this_thread::sleep_for(std::chrono::duration<double>(duration));
  done = true;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = seconds_since(start);
  const double engine_cpu = cpu_seconds(engine_clock) - engine_start;
  const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  engine.stop();
  loop.join();
  auto values = counters.values();
  const double disk = values["scheduler_log_native_append_nanos_total"] / 1e9;
  return {answered / elapsed, values["scheduler_log_native_append_events"] / elapsed, engine_cpu / elapsed,
          disk / elapsed, (cpu - engine_cpu) / elapsed};
}

// What this process has handed to the kernel to write.
uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  for (uint64_t bytes = 0; io >> name >> bytes;) {
    if (name == "wchar:") return bytes;
  }
  return 0;
}

core::Decision decide_or_exit(test::Decider& decider, const core::Command& command) {
  auto decision = std::visit([&](const auto& c) { return decide(decider.cluster, c, decider.context()); }, command);
  if (!decision.ok()) std::exit(1);
  return std::move(decision).value();
}

// Decides, applies and writes one round after the other; prints what each change of a task took of it.
void measure_transitions(const std::string& what, test::Decider& decider, store::Store& store,
                         const std::vector<std::vector<core::Command>>& rounds) {
  const double cpu_start = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const uint64_t bytes_start = bytes_written();
  size_t transitions = 0;
  for (const auto& commands : rounds) {
    std::vector<core::Change> changes;
    for (const core::Command& command : commands) {
      core::Decision decision = decide_or_exit(decider, command);
      decider.apply(decision.changes);
      for (core::Change& change : decision.changes) {
        if (is_durable(change)) changes.push_back(std::move(change));
      }
    }
    transitions += changes.size();
    if (!store.commit(changes).ok()) std::exit(1);
  }
  const auto count = static_cast<double>(transitions);
  const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  std::printf("%-36s %8.1f us of CPU, %4.0f bytes written, for each of %zu\n", what.c_str(), 1e6 * cpu / count,
              static_cast<double>(bytes_written() - bytes_start) / count, transitions);
}

void measure_way_to_running(const std::string& folder) {
  constexpr int32_t kTasks = 20'000;
  constexpr size_t kRound = 1'000;
  std::filesystem::remove_all(folder + "/db");
  auto store = store::open_rocks_store(folder + "/db", store::IfMissing::Initialize);
  if (!store.ok() || !(*store)->load([](core::Change) {}).ok()) std::exit(1);
  test::Decider decider;
  for (int i = 0; i < 100; ++i) {
    core::Host host = test::a_host("host-" + std::to_string(i) + ".example.org");
    host.capacity = {1e6, 1 << 30, 1 << 30, 0, 1001};
    decider.apply({core::HostSaved{host}, core::HostSeen{host.id, "s", 1, decider.clock.now()}});
  }
  std::vector<std::vector<core::Command>> rounds;
  for (size_t i = 0; i < kTasks / kRound; ++i)
    rounds.push_back({core::CreateJob{test::a_job("www/prod/job" + std::to_string(i), kRound), "bench"}});
  measure_transitions("a task is created", decider, **store, rounds);
  for (auto& round : rounds) {
    round = {core::PlaceTasks{}};
    for (const auto& [hash, tasks] : decider.cluster.pending_groups())
      std::get<core::PlaceTasks>(round.front()).groups.insert(hash);
  }
  measure_transitions("gets a host", decider, **store, rounds);
  std::vector<core::TaskId> ids;
  for (const core::Task* task : decider.cluster.list_tasks({})) ids.push_back(task->id);
  for (const core::TaskStatus to : {core::TaskStatus::Starting, core::TaskStatus::Running, core::TaskStatus::Finished}) {
    for (size_t i = 0; i < rounds.size(); ++i) {
      rounds[i].clear();
      for (size_t n = i * kRound; n < (i + 1) * kRound; ++n)
        rounds[i].push_back(core::ChangeTask{ids[n], {}, {}, to, {}});
    }
    measure_transitions("is " + std::string(enum_name(to)), decider, **store, rounds);
  }
}

void print(const std::string& what, const Figures& figures) {
  std::printf("%-36s %8.0f a second, %5.1f per sync (%.0f syncs a second)\n", what.c_str(), figures.writes,
              figures.writes / figures.commits, figures.commits);
  std::printf(
      "  engine thread: computing %3.0f %%; log: %3.0f %% in commits; log and clients: %.2f cores; limit: "
      "%s\n",
      100 * figures.engine_cpu, 100 * figures.log_busy, figures.others_cpu,
      figures.engine_cpu > 0.7                        ? "CPU of the engine's thread"
      : figures.engine_cpu + figures.others_cpu > 1.7 ? "CPU of the machine"
                                                      : "the disk");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string parent = argc > 1 ? argv[1] : ".";
  const double duration = argc > 2 ? std::atof(argv[2]) : 5;
  configure_log(LogFormat::Text, LogLevel::Error);
  const std::string folder = parent + "/write_bench." + std::to_string(::getpid());
  std::filesystem::create_directories(folder);

  const double appends = synced_appends(folder, duration);
  std::printf("%u cores\n%-36s %8.0f a second\n", std::thread::hardware_concurrency(),
              "plain synced appends, one by one", appends);
  for (const int delay_ms : {0, 5}) {
    const std::chrono::milliseconds delay(delay_ms);
    const std::string disk = delay_ms == 0 ? "" : ", sync of " + std::to_string(delay_ms) + " ms";
    const Figures one = acknowledged_writes(folder, 1, duration, delay);
    print("1 client" + disk, one);
    const Figures many = acknowledged_writes(folder, 64, duration, delay);
    print("64 clients" + disk, many);
    std::printf("  64 clients: %.1f times one client\n", many.writes / one.writes);
  }
  measure_way_to_running(folder);
  std::filesystem::remove_all(folder);
  return 0;
}
