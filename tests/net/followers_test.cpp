#include "aurora/net/followers.h"

#include <atomic>
#include <deque>
#include <mutex>

#include "net/guard.h"
#include "raw_socket.h"

namespace aurora::net {
namespace {

// What all followers of a test get: numbered texts, of which the last few are kept.
struct Source {
  std::mutex mutex;
  std::deque<Feed::Text> texts;
  size_t first = 0;
  size_t kept_max = 1'000'000;

  void add(const std::string& text) {
    const std::lock_guard lock(mutex);
    texts.push_back(std::make_shared<const std::string>(text));
    for (; texts.size() > kept_max; ++first) texts.pop_front();
  }
  std::optional<Feed::Text> find(size_t number) {
    const std::lock_guard lock(mutex);
    if (number < first) return std::nullopt;
    return number - first < texts.size() ? texts[number - first] : nullptr;
  }
};

struct NumberedFeed final : Feed {
  explicit NumberedFeed(Source& the_source) : source(the_source) {}
  std::optional<Text> next() override {
    auto text = source.find(number);
    if (text && *text) ++number;
    return text;
  }
  Text still_here() override { return std::make_shared<const std::string>(":"); }
  Source& source;
  size_t number = 0;
};

struct Bench {
  explicit Bench(FollowerLimits limits = {}) : followers(limits, "followers", counters) {
    REQUIRE(server.start().ok());
  }
  ~Bench() { followers.stop(); }
  std::unique_ptr<Socket> open() {
    auto socket = std::make_unique<Socket>(server.port());
    socket->write("GET /follow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  }
  static std::string read_head(Socket& socket) { return socket.read_answer(); }
  void add(const std::string& text) {
    source.add(text);
    followers.wake();
  }
  bool becomes(const char* counter, double value) {
    for (int i = 0; i < 1'000; ++i) {
      if (counters.values()[counter] == value) return true;
      poll(nullptr, 0, 5);
    }
    return false;
  }
  Route route() {
    return {.method = "GET",
            .pattern = "/follow",
            .handler = [this](const Request&) {
              Result<Response> answer = followers.follow("text/plain", std::make_unique<NumberedFeed>(source));
              if (answer.ok()) return std::move(answer).value();
              return error_response(429, "RESOURCE_EXHAUSTED", answer.error().message);
            },
            .hands_over = true};
  }

  Counters counters;
  Source source;
  Followers followers;
  Server server{{}, {route()}, &counters};
};

TEST_CASE("a follower gets an answer without an end, and every text once and in order") {
  Bench bench;
  bench.source.add("one,");
  const auto socket = bench.open();
  const std::string head = Bench::read_head(*socket);
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Content-Type: text/plain\r\n") != std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(socket->read_exactly(4) == "one,");
  bench.add("two,");
  CHECK(socket->read_exactly(4) == "two,");
  std::string all;
  for (int i = 0; i < 200; ++i) {
    bench.add(std::to_string(i) + ",");
    all += std::to_string(i) + ",";
  }
  CHECK(socket->read_exactly(all.size()) == all);
  bench.followers.stop();
  CHECK(socket->read_all().empty());
}

TEST_CASE("who does not read keeps nobody waiting, and is cut off") {
  Bench bench({.untaken_max = milliseconds(1'200)});
  const auto silent = bench.open();
  const auto reader = bench.open();
  Bench::read_head(*reader);
  REQUIRE(bench.becomes("followers_started", 2));
  const std::string text(64 << 10, 'x');
  for (int i = 0; i < 40; ++i) {
    bench.add(text);
    REQUIRE(reader->read_exactly(text.size()).size() == text.size());
  }
  CHECK(bench.becomes("followers_cut_off", 1));
  CHECK(bench.becomes("followers_active", 1));
  bench.add("still");
  CHECK(reader->read_exactly(5) == "still");
}

TEST_CASE("a slow follower that falls behind what is kept is cut off, others are not") {
  Bench bench;
  bench.source.kept_max = 4;
  const auto slow = bench.open();
  const auto reader = bench.open();
  Bench::read_head(*reader);
  REQUIRE(bench.becomes("followers_started", 2));
  const std::string text(64 << 10, 'x');
  for (int i = 0; i < 40; ++i) {
    bench.add(text);
    REQUIRE(reader->read_exactly(text.size()).size() == text.size());
  }
  CHECK(slow->read_all().size() < 40 * text.size());  // now it reads, and comes to its end
  CHECK(bench.becomes("followers_cut_off", 1));
}

TEST_CASE("a follower that reads slowly gets all of it") {
  Bench bench;
  const auto slow = bench.open();
  Bench::read_head(*slow);
  std::string all;
  for (int i = 0; i < 60; ++i) {
    const std::string text(20'000 + static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    bench.add(text);
    all += text;
  }
  std::string got;
  while (got.size() < all.size()) got += slow->read_exactly(std::min<size_t>(100'000, all.size() - got.size()));
  CHECK(got == all);
}

TEST_CASE("who leaves gives up his place, and there are no more than the places") {
  Bench bench({.followers_max = 2});
  auto first = bench.open();
  const auto second = bench.open();
  REQUIRE(bench.becomes("followers_started", 2));
  CHECK(bench.open()->read_answer().starts_with("HTTP/1.1 429"));
  CHECK(bench.counters.values()["followers_refused"] == 1);
  first.reset();
  REQUIRE(bench.becomes("followers_active", 1));
  const auto third = bench.open();
  CHECK(bench.becomes("followers_started", 3));
}

TEST_CASE("one that has nothing to get hears that it is not forgotten") {
  Bench bench({.quiet_max = milliseconds(50)});
  const auto socket = bench.open();
  Bench::read_head(*socket);
  CHECK(socket->read_exactly(2) == "::");
}

TEST_CASE("what a follower sends is dropped, and too much of it ends it") {
  Bench bench;
  const auto socket = bench.open();
  Bench::read_head(*socket);
  socket->write("hello");
  bench.add("one");
  CHECK(socket->read_exactly(3) == "one");
  socket->write(std::string(200'000, 'x'));
  CHECK(bench.becomes("followers_active", 0));
}

TEST_CASE("many followers are woken together, not for every text, and each gets all") {
  Bench bench({.rest_factor = 1'000, .rest_max = milliseconds(100)});
  std::vector<std::unique_ptr<Socket>> sockets;
  for (int i = 0; i < 100; ++i) {
    sockets.push_back(bench.open());
    Bench::read_head(*sockets.back());
  }
  REQUIRE(bench.becomes("followers_started", 100));
  std::string all;
  for (int i = 0; i < 100; ++i) {
    bench.add("0123456789");
    all += "0123456789";
  }
  for (const auto& socket : sockets) REQUIRE(socket->read_exactly(all.size()) == all);
}

TEST_CASE("a stop closes all, and who comes then is refused") {
  Bench bench;
  const auto socket = bench.open();
  Bench::read_head(*socket);
  bench.followers.stop();
  CHECK(socket->read_all().empty());
  CHECK(bench.open()->read_answer().find("stopping") != std::string::npos);
  bench.followers.wake();
}

}  // namespace
}  // namespace aurora::net
