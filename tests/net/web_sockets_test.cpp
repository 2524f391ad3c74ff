// WebSockets over real connections: how one is opened, what it carries, and what a peer may do to it.
#include "aurora/net/web_sockets.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>

#include "aurora/net/secret.h"
#include "one_answer.h"
#include "raw_web_socket.h"

namespace aurora::net {
namespace {

constexpr const char* kSecret = "0123456789abcdef";
constexpr int kPatienceMs = 10'000;

struct Ends {
  Descriptor reading;
  Descriptor writing;
};
Ends make_pipe() {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

bool is_ready(const Descriptor& descriptor, short events, int ms) {
  pollfd watched{.fd = descriptor.get(), .events = events, .revents = 0};
  return poll(&watched, 1, ms) > 0 && (watched.revents & events) != 0;
}

// What is behind each WebSocket of /socket: three pipes whose other ends the test has.
struct Behind {
  Ends input = make_pipe();
  Ends output = make_pipe();
  Ends errors = make_pipe();
  std::promise<StreamSession> begun;
  std::promise<std::string> ended;
  std::promise<std::string> controlled;

  Streams streams() {
    Streams streams;
    streams.input = std::move(input.writing);
    streams.outputs.push_back({1, std::move(output.reading)});
    streams.outputs.push_back({2, std::move(errors.reading)});
    streams.on_begin = [this](const StreamSession& session) { begun.set_value(session); };
    streams.on_control = [this](const StreamSession& session, std::string_view text) -> Status {
      if (text == "bad") return Error{ErrorCode::InvalidArgument, "'bad' is none"};
      if (text == "close") session.close_input();
      if (text == "hold") session.hold_outputs(true);
      if (text == "go on") session.hold_outputs(false);
      if (text == "more") session.write_input("more");
      if (text == "tell") controlled.set_value(std::string(text));
      return Unit{};
    };
    streams.on_end = [this](const std::string& why) { ended.set_value(why); };
    return streams;
  }
  StreamSession session() {
    auto future = begun.get_future();
    REQUIRE(future.wait_for(std::chrono::milliseconds(kPatienceMs)) == std::future_status::ready);
    return future.get();
  }
  std::string wait_for_end() {
    auto future = ended.get_future();
    REQUIRE(future.wait_for(std::chrono::milliseconds(kPatienceMs)) == std::future_status::ready);
    return future.get();
  }
  std::string read_input(size_t bytes) const {
    std::string all;
    while (all.size() < bytes && is_ready(input.reading, POLLIN | POLLHUP, kPatienceMs)) {
      char buffer[65536];
      const ssize_t count = read(input.reading.get(), buffer, std::min(sizeof buffer, bytes - all.size()));
      if (count <= 0) break;
      all.append(buffer, static_cast<size_t>(count));
    }
    return all;
  }
};

class Host {
 public:
  explicit Host(WebSocketLimits limits = {}) : sockets(limits), server_({.threads = 4}, routes()) {
    REQUIRE(server_.start().ok());
  }
  // Whom the next opening leads to.
  std::shared_ptr<Behind> expect() {
    const auto behind = std::make_shared<Behind>();
    std::lock_guard lock(mutex_);
    expected_.push_back(behind);
    return behind;
  }
  int port() const { return server_.port(); }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Behind>> expected_;
  std::vector<std::shared_ptr<Behind>> all_;  // they are told of the end until `sockets` has stopped

 public:
  WebSockets sockets;

 private:
  Response open(const Request& request) {
    if (auto refused = refuse_opening(request)) return *refused;
    Result<WebSockets::Place> place = sockets.take_place();
    if (!place.ok()) return {.status = 429, .body = place.error().message};
    std::shared_ptr<Behind> behind = std::make_shared<Behind>();
    std::lock_guard lock(mutex_);
    if (!expected_.empty()) {
      behind = expected_.front();
      expected_.erase(expected_.begin());
    }
    all_.push_back(behind);
    return sockets.carry(*place, request, behind->streams());
  }
  std::vector<Route> routes() {
    const auto handler = [this](const Request& request) { return open(request); };
    const auto route = [](const char* method, const char* path, Handler handles) {
      Route made{method, path, std::move(handles)};
      made.body_bytes_max = 0;
      made.upgrades = true;
      return made;
    };
    Route guarded = route("GET", "/guarded", handler);
    guarded.gate = ask_for_secret(kSecret, "");
    Route mistaken{"GET", "/mistaken", handler};
    return {route("GET", "/socket", handler),
            route("POST", "/socket", handler),
            guarded,
            mistaken,
            {"GET", "/plain", [](const Request&) { return Response{.body = "plain"}; }}};
  }

  Server server_;  // last: its handlers use the rest
};

// A server in front of another.
class Front {
 public:
  explicit Front(std::string origin, WebSocketLimits limits = {}, Duration patience = seconds(20))
      : sockets(limits), origin_(std::move(origin)), patience_(patience), server_({.threads = 2}, routes()) {
    REQUIRE(server_.start().ok());
  }
  int port() const { return server_.port(); }

  WebSockets sockets;

 private:
  std::vector<Route> routes() {
    Route route{"GET", "/{name}", [this](const Request& request) {
                  return sockets.relay(*sockets.take_place(), request,
                                       {.url = origin_ + request.path,
                                        .headers = {{"Authorization", std::string("Bearer ") + kSecret}},
                                        .connect_timeout = patience_,
                                        .answer_timeout = patience_});
                }};
    route.upgrades = true;
    return {route};
  }

  const std::string origin_;
  const Duration patience_;
  Server server_;
};

std::string origin_of(const Host& host) { return "http://127.0.0.1:" + std::to_string(host.port()); }

std::string status_of(int port, const std::string& request) {
  Socket socket(port);
  socket.write(request);
  return socket.read_exactly(12).substr(9);
}

std::string without(std::string text, const std::string& line) {
  const size_t at = text.find(line);
  return text.erase(at, text.find("\r\n", at) + 2 - at);
}

TEST_CASE("a WebSocket is opened by who asks for it properly, and by nobody else") {
  Host host;
  const std::string good = opening("/socket");
  const std::pair<std::string, std::string> cases[] = {
      {good, "101"},
      {without(good, "Upgrade:"), "426"},
      {without(good, "Connection:"), "426"},
      {without(good, "Sec-WebSocket-Version"), "426"},
      {without(good, "Sec-WebSocket-Key"), "400"},
      {without(good, "Sec-WebSocket-Key").insert(good.find("Upgrade:"), "Sec-WebSocket-Key: x\r\n"), "400"},
      {"POST" + good.substr(3), "426"},
      {"HEAD" + good.substr(3), "426"},
      {opening("/socket", "Content-Length: 3\r\nContent-Type: application/json\r\n") + "abc", "413"},
      {good + "behind", "400"},
      {opening("/socket", "Origin: http://localhost\r\n"), "101"},
      {opening("/socket", "Origin: http://evil.example\r\n"), "403"},
      {opening("/guarded"), "401"},
      {opening("/guarded", "Authorization: Bearer 0123456789abcdeX\r\n"), "401"},
      {opening("/guarded", std::string("Authorization: Bearer ") + kSecret + "\r\n"), "101"},
      {opening("/guarded", "Authorization: Basic YWxpY2U6MDEyMzQ1Njc4OWFiY2RlZg==\r\n"), "101"},
      {opening("/mistaken"), "500"},
      {opening("/plain"), "200"},
  };
  for (const auto& [request, status] : cases) {
    INFO(request);
    CHECK(status_of(host.port(), request) == status);
  }
  const RawWebSocket socket(host.port());
  CHECK(socket.answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
}

TEST_CASE("a refused opening leaves the connection to HTTP") {
  Host host;
  Socket socket(host.port());
  socket.write(without(opening("/socket"), "Upgrade:"));
  const std::string refused = socket.read_answer();
  CHECK(refused.find("Upgrade: websocket\r\n") != std::string::npos);
  CHECK(refused.find("Sec-WebSocket-Version: 13\r\n") != std::string::npos);
  socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(socket.read_answer().ends_with("plain"));
}

TEST_CASE("streams arrive under their numbers, and the last word comes after all of them") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  const StreamSession session = behind->session();
  REQUIRE(write(behind->output.writing.get(), "out", 3) == 3);
  CHECK(client.read()->payload == message(1, "out"));
  REQUIRE(write(behind->errors.writing.get(), "err", 3) == 3);
  CHECK(client.read()->payload == message(2, "err"));
  client.say(0, "in");
  CHECK(behind->read_input(2) == "in");
  session.finish("last");
  REQUIRE(write(behind->output.writing.get(), "late", 4) == 4);
  behind->output.writing = Descriptor();
  behind->errors.writing = Descriptor();
  CHECK(client.read()->payload == message(1, "late"));
  CHECK(client.read()->payload == message(3, "last"));
  CHECK(client.read_close() == 1000);
  client.send(frame("\x03\xe8", 0x88));
  CHECK_FALSE(client.read().has_value());
  CHECK(behind->wait_for_end() == "it has ended");
}

TEST_CASE("outputs that somebody holds open do not keep the last word for ever") {
  Host host({.goodbye_max = milliseconds(50)});
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  behind->session().finish("last");
  CHECK(client.read()->payload == message(3, "last"));
}

TEST_CASE("a message may come in pieces, with a ping between them") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  client.send(frame(message(0, "one "), kBinary) + frame("you", 0x89) + frame("two ", 0) +
              frame("three", 0x80));
  const auto answer = client.read();
  CHECK(answer->kind == 10);
  CHECK(answer->payload == "you");
  CHECK(behind->read_input(13) == "one two three");
}

TEST_CASE("outputs wait while their reader says so, and nothing of them is lost at the end") {
  Host host({.goodbye_max = milliseconds(100)});
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  client.say(3, "hold");
  client.say(3, "more");  // an answer to this comes after that
  CHECK(behind->read_input(4) == "more");
  REQUIRE(write(behind->output.writing.get(), "out", 3) == 3);
  behind->output.writing = Descriptor();
  behind->errors.writing = Descriptor();
  behind->session().finish("last");
  CHECK(client.socket().is_silent_for(300));
  client.say(3, "go on");
  CHECK(client.read()->payload == message(1, "out"));
  CHECK(client.read()->payload == message(3, "last"));
}

TEST_CASE("control reaches who is behind, and may end the input or the session") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  client.say(3, "tell");
  CHECK(behind->controlled.get_future().get() == "tell");
  client.say(3, "more");
  CHECK(behind->read_input(4) == "more");
  client.say(0, "rest");
  client.say(3, "close");
  client.say(0, "too late");
  CHECK(behind->read_input(1000) == "rest");  // and then its end
  client.say(3, "bad");
  const auto end = client.read();
  CHECK(end->close_code() == 1008);
  CHECK(end->payload.substr(2) == "'bad' is none");
  CHECK(behind->wait_for_end() == "'bad' is none");
}

TEST_CASE("a message that is none ends its session with the reason") {
  Host host({.message_bytes_max = 1000, .silence_max = milliseconds(300), .goodbye_max = milliseconds(200)});
  const std::pair<std::string, int> cases[] = {
      {frame(message(0, std::string(1000, 'x'))), 1009},
      {frame(message(0, std::string(600, 'x')), kBinary) + frame(std::string(600, 'x'), 0x80), 1009},
      {frame(message(0, "text"), 0x81), 1003},
      {frame(message(1, "to an output")), 1008},
      {frame(""), 1008},
      {std::string("\x82\x01x", 3), 1002},         // not masked
      {frame("", 0x80 | 3), 1002},                 // of an unknown kind
      {frame("", 0xc2), 1002},                     // compressed
      {frame("", 0x80), 1002},                     // goes on with nothing
      {frame(std::string(126, 'x'), 0x89), 1002},  // a long ping
  };
  for (const auto& [bytes, code] : cases) {
    INFO(bytes.substr(0, 20) << " " << code);
    const auto behind = host.expect();
    RawWebSocket client(host.port());
    client.send(bytes);
    CHECK(client.read_close() == code);
    CHECK_FALSE(behind->wait_for_end().empty());
  }
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  client.say(0, std::string(999, 'x'));  // as long as may be
  CHECK(behind->read_input(999).size() == 999);
}

// Fills a pipe until nobody takes anything for a while.
size_t fill(const Descriptor& pipe, size_t bytes_max) {
  fcntl(pipe.get(), F_SETFL, O_NONBLOCK);
  const std::string bytes(64u << 10, 'x');
  size_t written = 0;
  while (written < bytes_max && is_ready(pipe, POLLOUT, 300)) {
    const ssize_t count = write(pipe.get(), bytes.data(), std::min(bytes.size(), bytes_max - written));
    if (count > 0) written += static_cast<size_t>(count);
  }
  return written;
}

TEST_CASE("who does not read what comes keeps only its own session waiting, and loses nothing") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket lazy(host.port());
  constexpr size_t kAll = 100u << 20;
  const size_t written = fill(behind->output.writing, kAll);
  CHECK(written < 16u << 20);  // what the kernel holds for both, and one frame of ours
  const auto other = host.expect();
  RawWebSocket client(host.port());
  REQUIRE(write(other->output.writing.get(), "out", 3) == 3);
  CHECK(client.read()->payload == message(1, "out"));
  CHECK(lazy.read_stream(1, written).size() == written);
  REQUIRE(write(behind->output.writing.get(), "end", 3) == 3);
  CHECK(lazy.read()->payload == message(1, "end"));
}

TEST_CASE("what nobody reads behind is not read from its sender, who loses nothing") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  std::string numbers;
  for (int i = 0; i < 4'000'000; ++i) numbers += static_cast<char>(i * 7 % 251);
  std::string bytes;
  for (size_t at = 0; at < numbers.size(); at += 50'000)
    bytes += frame(message(0, numbers.substr(at, 50'000)));
  const size_t held = [&] {
    std::string much;
    for (int i = 0; i < 10; ++i) much += bytes;
    return client.socket().write_for(much, 300);
  }();
  CHECK(held < 10 * bytes.size());  // it is not taken
  const auto other = host.expect();
  RawWebSocket second(host.port());
  second.say(0, "in");
  CHECK(other->read_input(2) == "in");
  const size_t whole = held / bytes.size() * numbers.size();
  const std::string read = behind->read_input(std::max(whole, size_t{100'000}));
  for (size_t at = 0; at < read.size(); ++at) REQUIRE(read[at] == numbers[at % numbers.size()]);
}

TEST_CASE(
    "what is behind learns that its client has left, and that nobody reads its input any more does no harm") {
  Host host;
  auto behind = host.expect();
  { const RawWebSocket client(host.port()); }
  CHECK(behind->wait_for_end().find("client") != std::string::npos);
  behind = host.expect();
  RawWebSocket client(host.port());
  client.send(frame("\x03\xe8", 0x88));
  CHECK(behind->wait_for_end() == "the client has closed the connection");
  behind = host.expect();
  RawWebSocket third(host.port());
  behind->session();
  behind->input.reading = Descriptor();
  for (int i = 0; i < 10; ++i) third.say(0, std::string(60'000, 'x'));
  REQUIRE(write(behind->output.writing.get(), "out", 3) == 3);
  CHECK(third.read()->payload == message(1, "out"));
}

TEST_CASE("a client that leaves while nobody reads what it has sent is missed") {
  Host host({.silence_max = milliseconds(300)});
  Front front(origin_of(host));
  std::string much;  // made before anybody waits for an answer
  for (int i = 0; i < 1000; ++i) much += frame(message(0, std::string(60'000, 'x')));
  for (const int port : {host.port(), front.port()}) {
    const auto behind = host.expect();
    {
      RawWebSocket client(port);
      CHECK(client.socket().write_for(much, 300) < much.size());
    }
    const std::string why = behind->wait_for_end();
    INFO(why);
    CHECK(why.find("broken") != std::string::npos);
  }
}

TEST_CASE("a silent client is asked whether it is there, and given up if it says nothing") {
  Host host({.silence_max = milliseconds(150)});
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  for (int i = 0; i < 3; ++i) {
    const auto ping = client.read();
    REQUIRE(ping->kind == 9);
    client.send(frame(ping->payload, 0x8a));
  }
  CHECK(client.read()->kind == 9);
  CHECK(behind->wait_for_end().find("has not answered") != std::string::npos);
}

TEST_CASE("a client that takes nothing is given up after a long time only") {
  Host host({.silence_max = milliseconds(40), .untaken_max = milliseconds(600)});
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  fill(behind->output.writing, 100u << 20);
  CHECK(behind->wait_for_end().find("has taken nothing") != std::string::npos);
}

TEST_CASE("a slow client has the time that it needs for what is on its way to it") {
  Host host(
      {.silence_max = milliseconds(50), .goodbye_max = milliseconds(50), .slowest_bytes_per_second = 10'000});
  Front front(origin_of(host));
  for (const int port : {host.port(), front.port()}) {
    const auto behind = host.expect();
    RawWebSocket client(port);
    client.socket().take_little();
    const StreamSession session = behind->session();
    const std::string much(200'000, 'x');  // the server's kernel takes it
    CHECK(fill(behind->output.writing, much.size()) == much.size());
    const int longer_than_any_bound_ms = 500;
    is_ready(Descriptor(), 0, longer_than_any_bound_ms);
    behind->output.writing = Descriptor();
    behind->errors.writing = Descriptor();
    session.finish("last");
    is_ready(Descriptor(), 0, longer_than_any_bound_ms);
    client.say(0, "typed meanwhile");  // a server that has closed answers with a reset
    is_ready(Descriptor(), 0, 50);
    CHECK(client.read_stream(1, much.size()) == much);
    CHECK(client.read_stream(3, 4) == "last");
    CHECK(client.read_close() == 1000);
    CHECK(behind->wait_for_end() == "it has ended");
  }
}

TEST_CASE("a client that answers no ping is told the end all the same") {
  Host host({.goodbye_max = milliseconds(50)});
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  behind->session().finish("last");
  CHECK(client.read()->payload == message(3, "last"));
  CHECK(client.read()->kind == kPing);
  CHECK(client.read()->close_code() == 1000);
}

TEST_CASE("sessions are counted, and a place is free again after one") {
  Host host({.sessions_max = 2});
  const auto behind = host.expect();
  std::optional<RawWebSocket> first(std::in_place, host.port());
  const RawWebSocket second(host.port());
  CHECK(status_of(host.port(), opening("/socket")) == "429");
  CHECK(host.sockets.take_place().error().message.starts_with("2 WebSockets are open"));
  first.reset();
  behind->wait_for_end();
  for (int i = 0; i < 1000 && !host.sockets.take_place().ok(); ++i) is_ready(Descriptor(), 0, 1);
  CHECK(status_of(host.port(), opening("/socket")) == "101");
}

TEST_CASE("a server that stops says so to all") {
  Host host;
  const auto behind = host.expect();
  RawWebSocket client(host.port());
  behind->session();
  host.sockets.stop();
  const auto end = client.read();
  CHECK(end->close_code() == 1001);
  CHECK(end->payload.substr(2) == "the server stops");
  CHECK(behind->wait_for_end() == "the server stops");
  Socket late(host.port());
  late.write(opening("/socket"));
  CHECK(late.read_answer().find("This server is stopping") != std::string::npos);
}

TEST_CASE("what is passed on arrives unchanged, both ways, and so does the end") {
  Host host;
  Front front(origin_of(host));
  const auto behind = host.expect();
  RawWebSocket client(front.port(), "/guarded");
  CHECK(client.answer.starts_with("HTTP/1.1 101"));
  CHECK(client.answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  client.say(0, std::string(60'000, 'i'));
  CHECK(behind->read_input(60'000) == std::string(60'000, 'i'));
  const StreamSession session = behind->session();
  const size_t written = fill(behind->output.writing, 100u << 20);
  CHECK(written < 32u << 20);  // nobody reads, so nobody takes
  CHECK(client.read_stream(1, written) == std::string(written, 'x'));
  behind->output.writing = Descriptor();
  behind->errors.writing = Descriptor();
  session.finish("last");
  CHECK(client.read()->payload == message(3, "last"));
  CHECK(client.read_close() == 1000);
  client.send(frame("\x03\xe8", 0x88));
  CHECK_FALSE(client.read().has_value());
}

TEST_CASE("a client that leaves is missed behind, too") {
  Host host;
  Front front(origin_of(host));
  const auto behind = host.expect();
  {
    RawWebSocket client(front.port());
    behind->session();
  }
  CHECK_FALSE(behind->wait_for_end().empty());
}

TEST_CASE("what the server behind refuses is refused, and one that is not there is named") {
  Host host({.sessions_max = 0});
  Front front(origin_of(host));
  Socket refused(front.port());
  refused.write(opening("/socket"));
  const std::string answer = refused.read_answer();
  CHECK(answer.starts_with("HTTP/1.1 429"));
  CHECK(answer.find("0 WebSockets are open") != std::string::npos);
  CHECK(status_of(front.port(), opening("/nothing")) == "404");

  int closed = 0;
  {
    Host gone;
    closed = gone.port();
  }
  Front lost("http://127.0.0.1:" + std::to_string(closed));
  Socket client(lost.port());
  client.write(opening("/socket"));
  const std::string nobody = client.read_answer();
  CHECK(nobody.starts_with("HTTP/1.1 503"));
  CHECK(nobody.find("127.0.0.1:" + std::to_string(closed) + " does not accept connections") !=
        std::string::npos);
  Front secure("https://127.0.0.1:1");
  CHECK(status_of(secure.port(), opening("/socket")) == "503");
}

TEST_CASE("a refusal that does not end is not read to its end") {
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (const bool has_chunks : {true, false}) {
    OneAnswer behind(std::string("HTTP/1.1 404 x\r\n") + (has_chunks ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"), chunk, true);
    Front front("http://127.0.0.1:" + std::to_string(behind.port()));
    Socket client(front.port());
    client.write(opening("/socket"));
    const std::string answer = client.read_answer();
    CHECK(answer.starts_with("HTTP/1.1 503"));
    CHECK(answer.find("answers with more than 65536 bytes") != std::string::npos);
  }
}

TEST_CASE("a server behind that says nothing is given up, and what is no answer is no answer") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener, 10) == 0);
  socklen_t size = sizeof address;
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const Descriptor owned(listener);
  const std::string origin = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  Front hasty(origin, {}, milliseconds(500));
  CHECK(status_of(hasty.port(), opening("/socket")) == "504");
  Front front(origin);
  const Descriptor first(accept(listener, nullptr, nullptr));
  for (const std::string& nonsense :
       {std::string("nonsense\r\n\r\n"), std::string("HTTP/1.1 101 x\r\nA: ") + std::string(100'000, 'x'),
        std::string("HTTP/1.1 500 x\r\nContent-Length: 99999999\r\n\r\n")}) {
    Socket client(front.port());
    client.write(opening("/socket"));
    const Descriptor behind(accept(listener, nullptr, nullptr));
    char buffer[1000];
    REQUIRE(recv(behind.get(), buffer, sizeof buffer, 0) > 0);
    REQUIRE(::send(behind.get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL) > 0);
    CHECK(client.read_answer().starts_with("HTTP/1.1 503"));
  }
}

}  // namespace
}  // namespace aurora::net
