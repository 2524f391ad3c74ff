// The outbox and hosts that accept connections and never answer, with real sockets.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "aurora/api/executor_link.h"
#include "support/builders.h"

namespace aurora::api {
namespace {

using core::HostId;

constexpr size_t kSilentHosts = 12;  // more than the outbox has threads
constexpr Duration kFarTooLate = seconds(5);

// Its kernel accepts; it reads nothing.
class SilentHost {
 public:
  SilentHost() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 64) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentHost() {  // who waits for an answer hears of it
    for (const int peer : peers_) close(peer);
    close(listener_);
  }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;

  size_t connections() {  // since it is there
    for (int peer; (peer = accept(listener_, nullptr, nullptr)) >= 0;) peers_.push_back(peer);
    return peers_.size();
  }

  std::string url;

 private:
  int listener_;
  std::vector<int> peers_;
};

class LiveHost {
 public:
  LiveHost()
      : server_({}, {{"POST",
                      "/v1/launch",
                      [this](const net::Request&) { return take_launch(); },
                      {},
                      {},
                      net::Lane::Control}}) {
    REQUIRE(server_.start().ok());
    url = "http://127.0.0.1:" + std::to_string(server_.port());
  }
  bool has_taken(int launches, Duration within) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(within.ms), [&] { return taken_ >= launches; });
  }

  std::string url;

 private:
  net::Response take_launch() {
    const std::lock_guard lock(mutex_);
    ++taken_;
    changed_.notify_all();
    return {.body = R"({"accepted":1})"};
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  int taken_ = 0;
  net::Server server_;
};

struct Cluster {
  explicit Cluster(ExecutorLinkConfig config) : link(std::move(config), *http, clock, counters) {
    urls["live"] = live.url;
    for (size_t i = 0; i < kSilentHosts; ++i) urls["silent" + std::to_string(i)] = silent.emplace_back().url;
  }
  ~Cluster() {
    silent.clear();
    link.stop();
  }
  void start(bool knows_who_is_silent) {
    const auto find_target = [this, knows_who_is_silent](const HostId& host,
                                                         const std::vector<core::Effect>& effects) {
      ExecutorLink::Target target{urls.at(host.value()), {}, knows_who_is_silent && host.value() != "live"};
      for (const core::Effect& effect : effects) {
        core::Task& task = target.tasks.emplace_back();
        task.id = std::get<core::LaunchTask>(effect).task_id;
        task.config = std::get<core::LaunchTask>(effect).config;
      }
      return std::optional(target);
    };
    link.start({find_target, [](const core::TaskId&) {}});
  }
  void launch(const std::string& host) {
    const core::Task task = test::a_task({.suffix = host + "-" + std::to_string(++launches)});
    link.post({core::LaunchTask{HostId(host), task.id, task.config, {}}});
  }
  void launch_on_silent_hosts() {
    for (size_t i = 0; i < kSilentHosts; ++i) launch("silent" + std::to_string(i));
  }

  void await_connections(size_t count) {  // to silent hosts
    const auto there = [this] {
      size_t sum = 0;
      for (SilentHost& host : silent) sum += host.connections();
      return sum;
    };
    while (there() < count) std::this_thread::yield();
  }

  std::unique_ptr<net::HttpClient> http = net::make_http_client();
  SystemClock clock;
  Counters counters;
  LiveHost live;
  std::list<SilentHost> silent;
  std::map<std::string, std::string> urls;
  int launches = 0;
  ExecutorLink link;
};

TEST_CASE("a host that answers has its launches at once, however many that do not report do not answer") {
  Cluster cluster({.first_timeout = seconds(10)});
  cluster.launch_on_silent_hosts();
  cluster.start(true);
  cluster.await_connections(4);
  for (int i = 1; i <= 5; ++i) {
    cluster.launch("live");
    CHECK(cluster.live.has_taken(i, kFarTooLate));
  }
}

TEST_CASE("when many hosts stop answering at once, those that answer wait for them a short time, once") {
  Cluster cluster({.first_timeout = milliseconds(500)});
  cluster.launch_on_silent_hosts();
  cluster.start(false);
  cluster.await_connections(8);
  cluster.launch("live");
  CHECK(cluster.live.has_taken(1, kFarTooLate));
  cluster.await_connections(kSilentHosts + 4);  // now they are tried once more, for ten seconds each
  for (int i = 2; i <= 6; ++i) {
    cluster.launch_on_silent_hosts();
    cluster.launch("live");
    CHECK(cluster.live.has_taken(i, kFarTooLate));
  }
}

}  // namespace
}  // namespace aurora::api
