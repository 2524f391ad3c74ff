#include "aurora/net/followers.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "net/answer_head.h"

namespace aurora::net {
namespace {

// In the kernel, for one: beyond it a peer that does not read is noticed. The kernel doubles it.
constexpr int kSendBufferBytes = 64 << 10;
constexpr int kTextsAtOnce = 4;                  // of one follower, until others have their turn
constexpr Duration kLookEvery = seconds(1);      // at who is quiet and who takes nothing
constexpr size_t kDiscardedMax = 64u << 10;      // of what a follower sends: nothing is expected

int64_t monotonic_ms() { return SystemClock().monotonic().ms; }

int64_t cpu_nanos() {  // of this thread
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

size_t followers_max_of(size_t wanted) {
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return wanted;
  return std::min<size_t>(wanted, descriptors.rlim_cur / 4);
}

}  // namespace

struct Followers::State : std::enable_shared_from_this<Followers::State> {
  using Place = std::shared_ptr<void>;
  struct Follower {
    Descriptor socket;
    Place place;
    std::unique_ptr<Feed> feed;
    Feed::Text text = nullptr;  // on its way
    size_t sent = 0;            // of it
    int64_t told_ms = 0;        // when something was last sent
    size_t discarded = 0;
    bool is_blocked = false;  // until the socket has room
  };
  enum class Went { Done, Blocked, Broken };

  State(FollowerLimits the_limits, std::string the_name, Counters& the_counters);
  ~State();
  Result<Place> take_place();
  void admit(Descriptor socket, Feed::Text head, std::unique_ptr<Feed> feed, Place place);
  void wake();
  void ring() const;
  void run();
  void take_newcomers();
  void on_event(int socket, uint32_t events);
  void look_at_all();
  void look_for_quiet(int64_t now);
  bool advance(Follower& follower);
  bool say_still_here(Follower& follower);
  Went send_text(Follower& follower);
  bool watch(const Follower& follower, uint32_t events) const;
  bool has_left(Follower& follower) const;
  void drop(int socket, const char* counter);
  void count(const char* what, int64_t delta = 1) const { counters.add(name + what, delta); }

  const FollowerLimits limits;
  const size_t followers_max;
  const std::string name;
  Counters& counters;
  int epoll = -1;
  int bell = -1;
  std::atomic<size_t> places_taken = 0;
  std::atomic<bool> has_more = false;  // feeds have, and nobody has looked since
  std::mutex mutex;
  std::vector<Follower> newcomers;  // under mutex
  bool is_stopping = false;         // under mutex
  std::unordered_map<int, Follower> followers;  // the thread's, as what follows
  bool has_leftovers = false;  // somebody has more to get than his turn allowed
  int64_t rests_until_ms = 0;
  int64_t writes = 0;  // not counted yet, as the next
  int64_t bytes = 0;
  std::thread thread;
};

Followers::State::State(FollowerLimits the_limits, std::string the_name, Counters& the_counters)
    : limits(the_limits),
      followers_max(followers_max_of(the_limits.followers_max)),
      name(std::move(the_name)),
      counters(the_counters),
      epoll(epoll_create1(EPOLL_CLOEXEC)),
      bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  AURORA_CHECK(epoll >= 0 && bell >= 0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = bell}};
  AURORA_CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, bell, &event) == 0);
  for (const char* what : {"_active", "_started", "_refused", "_cut_off", "_bytes", "_writes"}) count(what, 0);
}

Followers::State::~State() {
  close(bell);
  close(epoll);
}

void Followers::State::ring() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(bell, &one, sizeof one);
}

void Followers::State::wake() {
  if (places_taken == 0 || has_more.exchange(true)) return;
  ring();
}

Result<Followers::State::Place> Followers::State::take_place() {
  const std::lock_guard lock(mutex);
  if (is_stopping) return Error{ErrorCode::Unavailable, "This server is stopping; try again in a moment"};
  if (places_taken >= followers_max) {
    count("_refused");
    return Error{ErrorCode::ResourceExhausted, std::to_string(followers_max) +
                                                   " connections follow already, and there may be no more; close "
                                                   "one, or ask for pages instead"};
  }
  ++places_taken;
  count("_active");
  return Place(this, [weak = weak_from_this()](void*) {
    const auto state = weak.lock();
    if (!state) return;
    --state->places_taken;
    state->count("_active", -1);
  });
}

void Followers::State::admit(Descriptor socket, Feed::Text head, std::unique_ptr<Feed> feed, Place place) {
  {
    const std::lock_guard lock(mutex);
    if (is_stopping) return;
    newcomers.push_back({.socket = std::move(socket), .place = std::move(place), .feed = std::move(feed), .text = std::move(head)});
  }
  ring();
}

// What a feed throws (no memory, for one) costs its own connection.
void Followers::State::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::array<epoll_event, 256> events;
  for (int64_t next_look_ms = 0;;) {
    const int64_t begin = monotonic_ms();
    const bool wants = has_more || has_leftovers;
    int64_t until = followers.empty() ? -1 : next_look_ms;
    if (wants && !followers.empty()) until = std::min(until, rests_until_ms);
    const int wait_ms = until < 0 ? -1 : static_cast<int>(std::clamp<int64_t>(until - begin, 0, kLookEvery.ms));
    const int happened = epoll_wait(epoll, events.data(), events.size(), wait_ms);
    for (int i = 0; i < happened; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.fd != bell) {
        on_event(event.data.fd, event.events);
        continue;
      }
      uint64_t ignored = 0;
      while (read(bell, &ignored, sizeof ignored) > 0) {
      }
    }
    {
      const std::lock_guard lock(mutex);
      if (is_stopping) break;
    }
    take_newcomers();
    const int64_t now = monotonic_ms();
    if (writes > 0) {
      count("_writes", std::exchange(writes, 0));
      count("_bytes", std::exchange(bytes, 0));
    }
    if ((has_more || has_leftovers) && now >= rests_until_ms) look_at_all();
    if (now < next_look_ms) continue;
    look_for_quiet(now);
    next_look_ms = now + kLookEvery.ms;
  }
  followers.clear();
}

void Followers::State::take_newcomers() {
  std::vector<Follower> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(newcomers);
  }
  for (Follower& newcomer : taken) {
    const int socket = newcomer.socket.get();
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.fd = socket}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) continue;
    newcomer.told_ms = monotonic_ms();
    Follower& follower = followers[socket] = std::move(newcomer);
    count("_started");
    if (!advance(follower)) drop(socket, "_cut_off");
  }
}

void Followers::State::on_event(int socket, uint32_t events) {
  const auto found = followers.find(socket);
  if (found == followers.end()) return;  // dropped meanwhile
  Follower& follower = found->second;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) return drop(socket, nullptr);
  if ((events & EPOLLIN) != 0 && has_left(follower)) return drop(socket, nullptr);
  if ((events & EPOLLOUT) == 0) return;
  follower.is_blocked = false;
  if (!advance(follower)) return drop(socket, "_cut_off");
  if (!follower.is_blocked && !watch(follower, EPOLLIN | EPOLLRDHUP)) drop(socket, nullptr);
}

bool Followers::State::has_left(Follower& follower) const {
  std::array<char, 4096> buffer;
  const ssize_t got = recv(follower.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  follower.discarded += static_cast<size_t>(got);
  return got == 0 || follower.discarded > kDiscardedMax;
}

void Followers::State::look_at_all() {
  has_more = false;
  has_leftovers = false;
  const int64_t begin = cpu_nanos();
  std::vector<int> lost;
  for (auto& [socket, follower] : followers) {
    if (!follower.is_blocked && !advance(follower)) lost.push_back(socket);
  }
  for (const int socket : lost) drop(socket, "_cut_off");
  const int64_t rest_ms = (cpu_nanos() - begin) * limits.rest_factor / 1'000'000;
  rests_until_ms = monotonic_ms() + std::min(rest_ms, limits.rest_max.ms);
}

void Followers::State::look_for_quiet(int64_t now) {
  std::vector<std::pair<int, const char*>> lost;
  for (auto& [socket, follower] : followers) {
    if (follower.is_blocked) {
      if (now - follower.told_ms >= limits.untaken_max.ms) lost.emplace_back(socket, "_cut_off");
    } else if (!follower.text && now - follower.told_ms >= limits.quiet_max.ms) {
      if (!say_still_here(follower)) lost.emplace_back(socket, nullptr);
    }
  }
  for (const auto& [socket, counter] : lost) drop(socket, counter);
}

bool Followers::State::say_still_here(Follower& follower) {
  try {
    follower.text = follower.feed->still_here();
    follower.sent = 0;
    return send_text(follower) != Went::Broken;
  } catch (const std::exception& error) {
    log_error("net", name + ": " + error.what());
    return false;
  }
}

// Sends what it has until it takes no more or has all. False: it cannot go on.
bool Followers::State::advance(Follower& follower) {
  try {
    for (int texts = 0;; ++texts) {
      if (follower.text) {
        const Went went = send_text(follower);
        if (went != Went::Done) return went == Went::Blocked;
      }
      if (texts >= kTextsAtOnce) {
        has_leftovers = true;
        return true;
      }
      std::optional<Feed::Text> next = follower.feed->next();
      if (!next) return false;
      if (!*next) return true;
      follower.text = *std::move(next);
      follower.sent = 0;
    }
  } catch (const std::exception& error) {
    log_error("net", name + ": " + error.what());
    return false;
  }
}

Followers::State::Went Followers::State::send_text(Follower& follower) {
  const std::string& text = *follower.text;
  while (follower.sent < text.size()) {
    const ssize_t sent =
        send(follower.socket.get(), text.data() + follower.sent, text.size() - follower.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      const bool is_full = errno == EAGAIN || errno == EWOULDBLOCK;
      follower.is_blocked = is_full && watch(follower, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
      return follower.is_blocked ? Went::Blocked : Went::Broken;
    }
    follower.sent += static_cast<size_t>(sent);
    follower.told_ms = monotonic_ms();
    ++writes;
    bytes += sent;
  }
  follower.text = nullptr;
  return Went::Done;
}

bool Followers::State::watch(const Follower& follower, uint32_t events) const {
  epoll_event event{.events = events, .data = {.fd = follower.socket.get()}};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, follower.socket.get(), &event) == 0;
}

void Followers::State::drop(int socket, const char* counter) {
  if (counter != nullptr) count(counter);
  followers.erase(socket);
}

Followers::Followers(FollowerLimits limits, std::string name, Counters& counters)
    : state_(std::make_shared<State>(limits, std::move(name), counters)) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Followers::~Followers() { stop(); }

Result<Response> Followers::follow(std::string content_type, std::unique_ptr<Feed> feed) {
  State::Place place = TRY(state_->take_place());
  Response head{.content_type = std::move(content_type)};
  head.headers.emplace("Cache-Control", "no-store");
  head.headers.emplace("X-Accel-Buffering", "no");  // for a proxy in between: pass each text on at once
  const auto text = std::make_shared<const std::string>(
      answer_head(head, {.is_stream = true, .is_chunked = false, .closes = true}));
  const auto held = std::make_shared<std::unique_ptr<Feed>>(std::move(feed));  // a function is copied
  Response response;
  response.upgrade = [weak = state_->weak_from_this(), text, held, place = std::move(place)](Descriptor socket) {
    if (const auto state = weak.lock()) state->admit(std::move(socket), text, std::move(*held), place);
  };
  return response;
}

void Followers::wake() { state_->wake(); }

void Followers::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->is_stopping, true)) return;
  }
  state_->ring();
  state_->thread.join();
  const std::lock_guard lock(state_->mutex);
  state_->newcomers.clear();
}

size_t Followers::followers_max() const { return state_->followers_max; }

}  // namespace aurora::net
