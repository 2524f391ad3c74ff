// Acknowledged writes a second: many clients at once through the engine and RocksDB, next to one client, next
// to plain synced appends to the same disk. Prints figures.   write_bench [FOLDER] [SECONDS]
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/scheduler/engine.h"
#include "support/builders.h"

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

struct Figures {
  double writes = 0;   // a second
  double commits = 0;  // a second
  double cpu = 0;      // cores
};

Figures acknowledged_writes(const std::string& folder, int clients, double duration) {
  std::filesystem::remove_all(folder + "/db");
  auto store = store::open_rocks_store(folder + "/db");
  if (!store.ok()) {
    std::fprintf(stderr, "write_bench: %s\n", store.error().message.c_str());
    std::exit(1);
  }
  SystemClock clock;
  Nowhere outbox;
  Counters counters;
  scheduler::Engine engine({}, **store, clock, Rng(1), outbox, counters);
  if (!engine.start().ok()) std::exit(1);
  std::thread loop([&] { engine.run(); });
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  const std::clock_t cpu_start = std::clock();
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) threads.emplace_back([&, c] { write_until(done, engine, c, answered); });
  std::this_thread::sleep_for(std::chrono::duration<double>(duration));
  done = true;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = seconds_since(start);
  const double cpu = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  engine.stop();
  loop.join();
  return {answered / elapsed, counters.values()["scheduler_log_native_append_events"] / elapsed,
          cpu / elapsed};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string parent = argc > 1 ? argv[1] : ".";
  const double duration = argc > 2 ? std::atof(argv[2]) : 5;
  configure_log(LogFormat::Text, LogLevel::Error);
  const std::string folder = parent + "/write_bench." + std::to_string(::getpid());
  std::filesystem::create_directories(folder);

  const double appends = synced_appends(folder, duration);
  std::printf("plain synced appends, one after the other  %8.0f a second\n", appends);
  const Figures one = acknowledged_writes(folder, 1, duration);
  std::printf("acknowledged writes,  1 client             %8.0f a second (%.0f commits, %.2f cores)\n",
              one.writes, one.commits, one.cpu);
  const Figures many = acknowledged_writes(folder, 64, duration);
  std::printf("acknowledged writes, 64 clients            %8.0f a second (%.0f commits, %.2f cores)\n",
              many.writes, many.commits, many.cpu);
  std::printf("64 clients: %.1f times one client, %.1f times plain synced appends\n",
              many.writes / one.writes, many.writes / appends);
  std::filesystem::remove_all(folder);
  return 0;
}
