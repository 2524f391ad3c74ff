#include "api/event_feed.h"

#include <catch2/catch.hpp>

namespace aurora::api {
namespace {

using scheduler::Event;
using scheduler::EventType;
using scheduler::EventWindow;

constexpr Instant kStart{1'700'000'000'000};

Event task_event(const std::string& role, std::string_view to = "RUNNING") {
  return {.at = kStart, .type = EventType::Task, .job = {role, "prod", "web"}, .instance_id = 3,
          .task_id = core::TaskId("t1"), .host = core::HostId("h1"), .from = "STARTING", .to = to};
}
Event host_event() { return {.at = kStart, .type = EventType::Host, .host = core::HostId("h2"), .to = "UP"}; }

struct Bench {
  EventWindow window{1'000, kStart, 1};
  std::shared_ptr<EventTexts> texts = std::make_shared<EventTexts>();

  EventFeed feed(EventFilter filter = {}, uint64_t position = 0) { return {texts, window, position, std::move(filter)}; }
  static std::string take(EventFeed& feed) {
    const auto next = feed.next();
    return !next ? "LOST" : *next == nullptr ? "" : **next;
  }
};

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("an event is small JSON, and a frame of it has its token, type and data") {
  std::string frame;
  append_frame(frame, task_event("www"), {kStart, 1, 7});
  CHECK(frame ==
        "id: 1700000000000-0001-7\nevent: task\ndata: "
        R"({"token":"1700000000000-0001-7","timestamp":1700000000000,"type":"task","role":"www","environment":"prod","name":"web","instanceId":3,"taskId":"t1","host":"h1","from":"STARTING","to":"RUNNING"})"
        "\n\n");
  Event hostile = host_event();
  hostile.message = "a\nid: 1\n\ndata: \"x\"\xff";
  frame.clear();
  append_frame(frame, hostile, {kStart, 1, 7});
  CHECK(count(frame, "\n") == 4);  // of ours alone
}

TEST_CASE("a feed first says where it begins, then what comes") {
  Bench bench;
  bench.window.add({host_event()});
  EventFeed feed = bench.feed({}, 1);
  CHECK(Bench::take(feed) == "retry: 2000\nid: 1700000000000-0001-1\n\n");
  CHECK(Bench::take(feed).empty());
  bench.window.add({host_event(), task_event("www")});
  const std::string both = Bench::take(feed);
  CHECK(count(both, "event: host\n") == 1);
  CHECK(count(both, "event: task\n") == 1);
  CHECK(Bench::take(feed).empty());
  CHECK(*feed.still_here() == ": still here\nid: 1700000000000-0001-3\n\n");
}

TEST_CASE("feeds at the same place share one text, by their filter") {
  Bench bench;
  EventFilter www{.role = "www"};
  EventFeed feeds[] = {bench.feed(), bench.feed(), bench.feed(www), bench.feed(www)};
  for (EventFeed& feed : feeds) Bench::take(feed);
  bench.window.add({task_event("www"), task_event("other")});
  const auto first = *feeds[0].next();
  CHECK(first == *feeds[1].next());
  const auto filtered = *feeds[2].next();
  CHECK(filtered == *feeds[3].next());
  CHECK(count(*first, "data: ") == 2);
  CHECK(count(*filtered, "data: ") == 1);
}

TEST_CASE("what a filter leaves out still moves its token") {
  Bench bench;
  EventFeed feed = bench.feed({.types = {EventType::Quota}});
  Bench::take(feed);
  bench.window.add({host_event(), host_event()});
  CHECK(Bench::take(feed).empty());
  CHECK(*feed.still_here() == ": still here\nid: 1700000000000-0001-2\n\n");
}

TEST_CASE("a feed gets every event once and in order, whatever its pace") {
  Bench bench;
  EventFeed quick = bench.feed();
  EventFeed slow = bench.feed();
  std::string quick_text = Bench::take(quick), slow_text = Bench::take(slow);
  for (int round = 0; round < 90; ++round) {
    bench.window.add(std::vector<Event>(static_cast<size_t>(1 + round % 20), task_event("www")));
    for (std::string more; !(more = Bench::take(quick)).empty();) quick_text += more;
    if (round % 30 == 29) slow_text += Bench::take(slow);
  }
  for (std::string more; !(more = Bench::take(slow)).empty();) slow_text += more;
  CHECK(quick_text == slow_text);
  for (uint64_t position = 1, at = 0; position <= bench.window.newest(); ++position) {
    at = quick_text.find("id: " + to_string(bench.window.token_at(position)) + "\nevent", at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(count(quick_text, "data: ") == bench.window.newest());
}

TEST_CASE("a feed that falls out of the window is lost, and others go on") {
  Bench bench;
  EventFeed quick = bench.feed();
  EventFeed slow = bench.feed();
  Bench::take(quick);
  Bench::take(slow);
  for (int round = 0; round < 50; ++round) {
    bench.window.add(std::vector<Event>(100, host_event()));
    while (!Bench::take(quick).empty()) {
    }
  }
  CHECK(Bench::take(quick).empty());
  CHECK(Bench::take(slow) == "LOST");
}

TEST_CASE("a text is bounded, however much there is") {
  Bench bench;
  EventFeed feed = bench.feed();
  Bench::take(feed);
  bench.window.add(std::vector<Event>(900, task_event("www")));
  size_t texts = 0;
  for (std::string text; !(text = Bench::take(feed)).empty(); ++texts) CHECK(text.size() < EventTexts::kPieceBytes + 4'096);
  CHECK(texts > 3);
}

TEST_CASE("nobody follows for long: who comes then begins where he says") {
  Bench bench;
  {
    EventFeed feed = bench.feed();
    Bench::take(feed);
    bench.window.add({host_event()});
    Bench::take(feed);
  }
  for (int round = 0; round < 50; ++round) bench.window.add(std::vector<Event>(100, host_event()));
  EventFeed late = bench.feed({}, bench.window.newest() - 2);
  Bench::take(late);
  CHECK(count(Bench::take(late), "data: ") == 2);
}

}  // namespace
}  // namespace aurora::api
