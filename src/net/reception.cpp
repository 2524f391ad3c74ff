#include "net/reception.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "aurora/base/clock.h"
#include "net/guard.h"

namespace aurora::net {
namespace {

constexpr int64_t kLingerMs = 1'000;
constexpr int64_t kSettledMs = 1'000;  // a kept connection idle for less may have its next request on the way
constexpr int64_t kAcceptPauseMs = 100;       // when the process has no descriptor left
constexpr uint64_t kSentAtOnce = 256u << 10;  // of an answer, until others have their turn
constexpr int64_t kLastAnswersMs = 2'000;     // at the end

int64_t monotonic_ms() { return SystemClock().monotonic().ms; }

std::string text_of(const sockaddr_storage& peer) {
  char text[INET6_ADDRSTRLEN] = "";
  if (peer.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, text, sizeof text);
  } else if (peer.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text, sizeof text);
  }
  return text;
}

}  // namespace

Reception::Reception(int listener, ReceptionLimits limits, Callbacks callbacks)
    : limits_(limits), callbacks_(std::move(callbacks)), listener_(listener) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  AURORA_CHECK(epoll_ >= 0 && wake_ >= 0);
  for (const int socket : {wake_, listener_}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
    AURORA_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
  }
}

Reception::~Reception() {
  close_door();
  stop();
  close(wake_);
  close(epoll_);
}

void Reception::start() {
  std::lock_guard lock(mutex_);
  thread_ = std::thread([this] { run(); });
}

void Reception::close_door() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(is_door_open_, false)) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_, nullptr);
  close(listener_);
  for (auto it = guests_.begin(); it != guests_.end();) {
    Guest& guest = (it++)->second;
    if (guest.stage == Stage::Reading || guest.stage == Stage::Lingering) drop(guest);
  }
}

void Reception::stop() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    ends_at_ms_ = monotonic_ms() + kLastAnswersMs;
    for (auto& [socket, guest] : guests_) {
      if (guest.stage != Stage::Serving) set_deadline(guest, guest.deadline_ms);
    }
    wake();
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  while (!guests_.empty()) drop(guests_.begin()->second);
}

void Reception::run() {
  std::array<epoll_event, 128> events;
  for (int64_t wait_ms = -1;;) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(wait_ms));
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<size_t>(i)].data.fd;
      if (socket == wake_) {
        uint64_t ignored = 0;
        while (read(wake_, &ignored, sizeof ignored) > 0) {
        }
      } else if (socket == listener_) {
        accept_all();
      } else {
        on_event(socket, events[static_cast<size_t>(i)].events);
      }
    }
    std::lock_guard lock(mutex_);
    const int64_t now = monotonic_ms();
    expire(now);
    if (is_stopping_ && guests_.empty()) return;
    wakes_at_ms_ = std::min(line_.next_deadline(), accepts_again_ms_);
    wait_ms = wakes_at_ms_ == kNever ? -1 : std::clamp<int64_t>(wakes_at_ms_ - now, 0, 60'000);
  }
}

// --- Arriving.

void Reception::accept_all() {
  constexpr int kAtOnceMax = 64;  // those inside want their turn
  for (int i = 0; i < kAtOnceMax; ++i) {
    std::lock_guard lock(mutex_);
    if (!is_door_open_) return;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int socket =
        accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) {
      const int yes = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      admit(socket, text_of(peer));
      continue;
    }
    const bool has_no_descriptor = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (!has_no_descriptor) return;
    if (make_room()) continue;
    // Nothing can be closed: the newcomers wait in the kernel, and are looked at again in a moment.
    epoll_event nothing{.events = 0, .data = {.fd = listener_}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_, &nothing);
    accepts_again_ms_ = monotonic_ms() + kAcceptPauseMs;
    return;
  }
}

void Reception::admit(int socket, std::string address) {
  const bool is_full = guests_.size() >= limits_.connections_max && !make_room();
  drop_surplus(address);
  Guest& guest = guests_[socket];
  guest.connection = std::make_unique<Connection>(socket, std::move(address), limits_.kept_ms);
  begin_wait(guest);
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data = {.fd = socket}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) return drop(guest);
  set_deadline(guest, guest.since_ms + limits_.idle_ms);
  if (!is_full) return;
  Response busy = error_response(503, "UNAVAILABLE",
                                 "This server has " + std::to_string(limits_.connections_max) +
                                     " connections, all in use; try again in a moment");
  busy.headers.emplace("Retry-After", "1");
  refuse(guest, std::move(busy));
}

// Of the unfinished connections of an address, the oldest beyond its share. One that was accepted a moment
// ago and has not said anything yet is no slow one: clients may connect in advance.
void Reception::drop_surplus(const std::string& address) {
  const int64_t patience_ends = monotonic_ms() - limits_.newcomer_ms;
  const auto is_new = [&](int socket) { return guests_.at(socket).since_ms > patience_ends; };
  for (const int socket : line_.surplus(address, limits_.unfinished_per_address_max, is_new))
    drop(guests_.at(socket));
}

// Closes the connection that has been unfinished for longest; else the one that has been idle for longest,
// unless its next request may be on the way.
bool Reception::make_room() {
  std::optional<int> chosen = line_.oldest_unfinished();
  if (!chosen) chosen = find_settled();
  if (!chosen) return false;
  drop(guests_.at(*chosen));
  return true;
}

std::optional<int> Reception::find_settled() {
  const std::optional<int> oldest = line_.oldest_idle();
  const bool is_settled = oldest && guests_.at(*oldest).since_ms <= monotonic_ms() - kSettledMs;
  return is_settled ? oldest : std::nullopt;
}

// --- Reading.

void Reception::on_event(int socket, uint32_t events) {
  std::unique_lock lock(mutex_);
  const auto found = guests_.find(socket);
  if (found == guests_.end()) return;  // dropped meanwhile
  Guest& guest = found->second;
  Connection& connection = *guest.connection;
  switch (guest.stage) {
    case Stage::Reading: {
      read_more(guest);
      Connection* const brief = std::exchange(brief_, nullptr);
      lock.unlock();
      if (brief != nullptr) callbacks_.serve_brief(*brief);
      return;
    }
    case Stage::Sending:
      if ((events & EPOLLOUT) == 0) return drop(guest);
      // A stream is made by a thread that may wait for a disk.
      if (connection.has_stream()) {
        if (!serve(guest)) drop(guest);
        return;
      }
      lend(guest);
      lock.unlock();
      return take_back(connection, connection.send_answer(kSentAtOnce));
    case Stage::Lingering:
      connection.discard();
      if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) return drop(guest);
      return watch(guest, EPOLLIN | EPOLLRDHUP);
    case Stage::Serving:
      return;  // a late event of before
  }
}

void Reception::read_more(Guest& guest) {
  const Connection::Got got = guest.connection->receive();
  if (got == Connection::Got::End) return drop(guest);
  if (got == Connection::Got::Nothing) return watch(guest, EPOLLIN | EPOLLRDHUP);
  advance(guest, May::ServeHere);
}

void Reception::advance(Guest& guest, May may) {
  Connection& connection = *guest.connection;
  RequestReader& reader = connection.reader();
  for (;;) {
    switch (reader.advance()) {
      case RequestReader::Stage::Head:
      case RequestReader::Stage::Body:
        return wait_for_bytes(guest);
      case RequestReader::Stage::Decide: {
        reader.head().request.remote_address = connection.address();
        std::variant<size_t, Response> decision = callbacks_.decide(reader.head());
        if (auto* refused = std::get_if<Response>(&decision)) return refuse(guest, std::move(*refused));
        reader.read_body(std::get<size_t>(decision));
        if (reader.head().asks_to_go_on && reader.wants_body())
          connection.send_interim("HTTP/1.1 100 Continue\r\n\r\n");
        break;
      }
      case RequestReader::Stage::Complete:
        if (may == May::ServeHere && callbacks_.is_brief(connection)) {
          brief_ = &connection;
          return lend(guest);
        }
        if (!serve(guest)) {
          Response busy =
              error_response(503, "UNAVAILABLE", "This server has too much to do; try again in a moment");
          busy.headers.emplace("Retry-After", "1");
          refuse(guest, std::move(busy));
        }
        return;
      case RequestReader::Stage::Refused: {
        const Refusal& refusal = reader.refusal();
        const char* code =
            refusal.status == 413 || refusal.status == 431 ? "RESOURCE_EXHAUSTED" : "INVALID_ARGUMENT";
        return refuse(guest, error_response(refusal.status, code, refusal.message));
      }
    }
  }
}

// It belongs to somebody else until he takes it back.
void Reception::lend(Guest& guest) {
  guest.stage = Stage::Serving;
  guest.deadline_ms = kNever;
  line_up(guest);
}

bool Reception::serve(Guest& guest) {
  lend(guest);
  return callbacks_.serve(*guest.connection);
}

void Reception::wait_for_bytes(Guest& guest) {
  const int64_t now = monotonic_ms();
  if (!std::exchange(guest.has_begun, guest.connection->reader().has_begun())) begin_wait(guest);
  const int64_t whole = guest.has_begun ? guest.since_ms + limits_.request_ms : kNever;
  set_deadline(guest, std::min(now + (guest.is_idle() ? limits_.kept_ms : limits_.idle_ms), whole));
  if (hold(guest)) watch(guest, EPOLLIN | EPOLLRDHUP);
}

// Counts what it holds of a request or an answer. All together have a bound: those that have been unfinished
// for longest are closed. False when that was this one.
bool Reception::hold(Guest& guest) {
  const int socket = guest.connection->socket();
  const size_t bytes = guest.connection->reader().bytes_held() + guest.connection->bytes_unsent();
  bytes_held_ += bytes - guest.bytes_held;
  guest.bytes_held = bytes;
  line_up(guest);
  while (bytes_held_ > limits_.bytes_held_max) {
    const std::optional<int> oldest = line_.oldest_with_bytes();
    if (!oldest) return true;
    drop(guests_.at(*oldest));
    if (*oldest == socket) return false;
  }
  return true;
}

// --- Answering.

void Reception::refuse(Guest& guest, Response response) {
  callbacks_.answered(response.status);
  guest.is_refused = true;
  guest.connection->set_answer(std::move(response), guest.connection->reader().head(),
                               Connection::After::Close);
  go_on(guest, guest.connection->send_answer());
}

void Reception::take_back(Connection& connection, Connection::Progress progress) {
  std::lock_guard lock(mutex_);
  const auto found = guests_.find(connection.socket());
  AURORA_CHECK(found != guests_.end());
  go_on(found->second, progress);
}

Descriptor Reception::give_away(Connection& connection) {
  std::lock_guard lock(mutex_);
  const auto found = guests_.find(connection.socket());
  AURORA_CHECK(found != guests_.end());
  epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket(), nullptr);
  Guest& guest = found->second;
  line_.leave(connection.socket(), connection.address(), guest.place);
  bytes_held_ -= guest.bytes_held;
  Descriptor socket = connection.release_socket();
  guests_.erase(found);
  if (is_stopping_) wake();  // whoever stops waits for the last guest
  return socket;
}

void Reception::go_on(Guest& guest, Connection::Progress progress) {
  switch (progress) {
    case Connection::Progress::Broken:
      return drop(guest);
    case Connection::Progress::Done:
      return guest.connection->closes() || !is_door_open_ ? linger(guest) : begin_next(guest);
    case Connection::Progress::Blocked:
    case Connection::Progress::More:
      return !is_door_open_ && guest.connection->has_stream() ? drop(guest) : wait_for_room(guest);
  }
}

void Reception::wait_for_room(Guest& guest) {
  guest.stage = Stage::Sending;
  if (guest.taking_since_ms == 0) {
    begin_wait(guest);
    guest.taking_since_ms = guest.since_ms;
    guest.bytes_taken = 0;
  }
  set_deadline(guest, guest.taking_since_ms + limits_.answer_ms);
  if (hold(guest)) watch(guest, EPOLLOUT);
}

// Whether its peer has taken enough since that was last asked. What our kernel has taken says nothing: that
// is megabytes, which the peer may never read.
bool Reception::goes_on_taking(Guest& guest) {
  const uint64_t taken = guest.connection->bytes_taken();
  const uint64_t before = std::exchange(guest.bytes_taken, taken);
  return taken >= before + static_cast<uint64_t>(kAnswerBytesPerSecondMin * limits_.answer_ms / 1000);
}

void Reception::begin_next(Guest& guest) {
  guest.stage = Stage::Reading;
  guest.has_been_served = true;
  guest.has_begun = false;
  guest.taking_since_ms = 0;
  guest.connection->reader().next();
  advance(guest, May::Lend);
}

// The peer may still be sending what we refused: takes it in for a moment, or closing would reset the
// connection before it has read our answer.
void Reception::linger(Guest& guest) {
  if (!guest.is_refused || !is_door_open_) return drop(guest);
  guest.connection->finish_sending();
  guest.stage = Stage::Lingering;
  set_deadline(guest, monotonic_ms() + kLingerMs);
  watch(guest, EPOLLIN | EPOLLRDHUP);
}

// --- Waiting.

void Reception::watch(Guest& guest, uint32_t events) {
  const int socket = guest.connection->socket();
  epoll_event event{.events = events | EPOLLONESHOT, .data = {.fd = socket}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) != 0) drop(guest);
}

void Reception::begin_wait(Guest& guest) {
  guest.since_ms = monotonic_ms();
  guest.order = ++order_;
}

void Reception::set_deadline(Guest& guest, int64_t at_ms) {
  at_ms = std::min(at_ms, ends_at_ms_);
  guest.deadline_ms = at_ms;
  line_up(guest);
  if (at_ms >= wakes_at_ms_ || std::this_thread::get_id() == thread_.get_id()) return;
  wakes_at_ms_ = at_ms;
  wake();
}

WaitingLine::Kind Reception::Guest::kind() const {
  using Kind = WaitingLine::Kind;
  if (stage == Stage::Serving) return Kind::Away;
  if (stage != Stage::Reading || has_begun) return Kind::Unfinished;
  return has_been_served ? Kind::Idle : Kind::Silent;
}

void Reception::line_up(Guest& guest) {
  line_.move(guest.connection->socket(), guest.connection->address(), guest.place,
             {guest.kind(), guest.order, guest.bytes_held > 0, guest.deadline_ms});
}

void Reception::expire(int64_t now) {
  if (now >= accepts_again_ms_) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
    if (is_door_open_) epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_, &event);
    accepts_again_ms_ = kNever;
  }
  for (const int socket : line_.late(now)) {
    if (const auto found = guests_.find(socket); found != guests_.end()) expire(found->second);
  }
}

void Reception::expire(Guest& guest) {
  if (!is_door_open_) return drop(guest);
  if (guest.stage == Stage::Sending && goes_on_taking(guest)) {
    guest.taking_since_ms = monotonic_ms();
    return set_deadline(guest, guest.taking_since_ms + limits_.answer_ms);
  }
  if (guest.stage != Stage::Reading || !guest.has_begun) return drop(guest);
  refuse(guest,
         error_response(408, "DEADLINE_EXCEEDED",
                        "The request did not arrive whole within " + std::to_string(limits_.request_ms) +
                            " ms, or paused for " + std::to_string(limits_.idle_ms) + " ms"));
}

void Reception::drop(Guest& guest) {
  const int socket = guest.connection->socket();
  line_.leave(socket, guest.connection->address(), guest.place);
  bytes_held_ -= guest.bytes_held;
  guests_.erase(socket);  // closes it, and so takes it out of epoll
}

void Reception::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

}  // namespace aurora::net
