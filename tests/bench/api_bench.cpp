// What the scheduler's API does: acknowledged writes per second over HTTP with a RocksDB store, next to
// single synced writes to the same disk, and the latency of reads with 10,000 tasks. Prints, asserts nothing
// about time.
//   api_bench [folder]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

#include "aurora/api/scheduler_api.h"
#include "aurora/codec/json.h"
#include "aurora/scheduler/local_round_log.h"
#include "support/builders.h"
#include "support/temp_folder.h"

using namespace aurora;

namespace {

using Watch = std::chrono::steady_clock;

double seconds_since(Watch::time_point start) {
  return std::chrono::duration<double>(Watch::now() - start).count();
}

struct NoOutbox final : scheduler::Outbox {
  void post(std::vector<core::Effect>) override {}
};

// A whole scheduler but for its executors.
class Bench {
 public:
  explicit Bench(const std::string& folder)
      : store_(std::move(store::open_rocks_store(folder, store::IfMissing::Initialize)).value()) {
    AURORA_CHECK(engine_.start().ok());
    server_ = std::make_unique<net::Server>(net::ServerConfig{},
                                            api::scheduler_routes({.engine = engine_,
                                                                   .counters = counters_,
                                                                   .clock = clock_,
                                                                   .cluster_name = "bench",
                                                                   .scheduler_host = "bench",
                                                                   .started_at = clock_.now(),
                                                                   .secret = "",
                                                                   .on_quit = [] {}}),
                                            &counters_);
    AURORA_CHECK(server_->start().ok());
    rounds_ = std::thread([this] { engine_.run(); });
  }
  ~Bench() {
    server_->stop();
    engine_.stop();
    rounds_.join();
  }
  // Room for all tasks of the run.
  void add_hosts() {
    for (int i = 0; i < 100; ++i) {
      core::ReportTasks report;
      report.host = test::a_host("host" + std::to_string(i));
      report.host->capacity.cpus = 1e6;
      report.host->capacity.ram_mb = report.host->capacity.disk_mb = int64_t{1} << 40;
      report.host_id = report.host->id;
      report.session = "bench";
      report.sequence = 1;
      report.complete = true;
      AURORA_CHECK(engine_.submit(std::move(report)).ok());
    }
  }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + target;
  }

 private:
  SystemClock clock_;
  Counters counters_;
  NoOutbox outbox_;
  std::unique_ptr<store::Store> store_;
  scheduler::LocalRoundLog log_{*store_, counters_};
  scheduler::Engine engine_{{}, *store_, log_, clock_, Rng(1), outbox_, counters_};
  std::unique_ptr<net::Server> server_;
  std::thread rounds_;
};

void create(net::HttpClient& http, const Bench& bench, const std::string& job, int32_t instances) {
  const auto response = http.send({.method = "POST",
                                   .url = bench.url("/v1/jobs"),
                                   .body = codec::encode_json(test::a_job(job, instances))});
  AURORA_CHECK(response.ok() && response->status == 201);
}

struct WriteRate {
  double per_second = 0;
  double processor_us = 0;  // each, of clients and scheduler together
};

// Jobs created and acknowledged by this many clients, each waiting for its answer.
WriteRate write_rate(const Bench& bench, int clients, double for_seconds) {
  const std::unique_ptr<net::HttpClient> http = net::make_http_client();
  std::atomic<int> acknowledged = 0;
  const auto start = Watch::now();
  const std::clock_t processor = std::clock();
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      const std::string role = "c" + std::to_string(clients) + "-" + std::to_string(client);
      for (int i = 0; seconds_since(start) < for_seconds; ++i) {
        create(*http, bench, role + "/prod/j" + std::to_string(i), 1);
        ++acknowledged;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {acknowledged / seconds_since(start),
          1e6 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC / acknowledged};
}

// 1,000 bytes appended and synced, one after the other: what the disk gives a single writer.
double disk_rate(const std::string& folder, double for_seconds) {
  const int file = open((folder + "/synced").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const std::string record(1000, 'x');
  int written = 0;
  const auto start = Watch::now();
  while (seconds_since(start) < for_seconds) {
    AURORA_CHECK(write(file, record.data(), record.size()) == 1000 && fdatasync(file) == 0);
    ++written;
  }
  close(file);
  return written / seconds_since(start);
}

void print_latency(const Bench& bench, const char* what, const std::string& target) {
  const std::unique_ptr<net::HttpClient> http = net::make_http_client();
  std::vector<double> ms;
  size_t bytes = 0;
  for (int i = 0; i < 200; ++i) {
    const auto start = Watch::now();
    const auto response = http->send({.url = bench.url(target)});
    ms.push_back(1000 * seconds_since(start));
    AURORA_CHECK(response.ok() && response->status == 200);
    bytes = response->body.size();
  }
  std::sort(ms.begin(), ms.end());
  std::printf("%-58s median %7.2f ms   99th percentile %7.2f ms   %8zu bytes\n", what, ms[100], ms[198],
              bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const test::TempFolder temporary;
  const std::string folder = argc > 1 ? argv[1] : temporary.path();
  const double disk = disk_rate(folder, 2);
  std::printf("single synced writes to %s: %.0f per second\n", folder.c_str(), disk);
  Bench bench(folder + "/db");
  bench.add_hosts();
  for (const int clients : {1, 8, 64}) {
    const WriteRate rate = write_rate(bench, clients, 4);
    std::printf(
        "%3d clients: %7.0f acknowledged job creations per second, %5.1f times the disk's single writer, "
        "%.0f us of "
        "processor time each\n",
        clients, rate.per_second, rate.per_second / disk, rate.processor_us);
  }
  const std::unique_ptr<net::HttpClient> http = net::make_http_client();
  for (int i = 0; i < 10; ++i) create(*http, bench, "www/prod/big" + std::to_string(i), 1000);
  print_latency(bench, "roles", "/v1/roles?limit=25");
  print_latency(bench, "jobs of a role (10 jobs, 10,000 tasks)", "/v1/jobs?role=www&limit=25");
  print_latency(bench, "  sorted by pending", "/v1/jobs?role=www&sort=pending&limit=25");
  print_latency(bench, "a job of 1,000 instances", "/v1/jobs/www/prod/big0");
  print_latency(bench, "  its first 25 tasks",
                "/v1/tasks?role=www&environment=prod&name=big0&order=instance&limit=25");
  print_latency(bench, "  all of its tasks", "/v1/tasks?role=www&environment=prod&name=big0&limit=1000");
  print_latency(bench, "25 newest of all tasks", "/v1/tasks?order=newest&limit=25");
  print_latency(bench, "/vars", "/vars");
  return 0;
}
