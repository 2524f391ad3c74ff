// Where connections wait: to be accepted, for the rest of a request, for room to send an answer. One thread
// does that for all of them, so that a slow, silent or hostile peer costs a descriptor and never a thread
// that serves others. Thread-safe. Owns every connection; whoever gets one by `serve` gives it back by
// take_back(), or has its socket given away.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <variant>

#include "net/connection.h"
#include "net/waiting_line.h"

namespace aurora::net {

struct ReceptionLimits {
  int64_t idle_ms = 5'000;      // a connection before its first request, and between the bytes of one
  int64_t kept_ms = 30'000;     // between two requests
  int64_t request_ms = 30'000;  // from the first byte of a request to its last
  int64_t answer_ms = 10'000;   // to take so much of an answer: kAnswerBytesPerSecondMin
  int64_t newcomer_ms = 1'000;  // a connection that has not sent anything yet is not unfinished for so long
  size_t unfinished_per_address_max = 256;
  size_t connections_max = 16'384;
  size_t bytes_held_max = 256u << 20;  // of requests that are not complete and answers that are not taken
};
constexpr int64_t kAnswerBytesPerSecondMin = 4'096;

class Reception {
 public:
  // All are called on the reception's thread, or on one that is in take_back(); none may wait.
  struct Callbacks {
    // A head has arrived: the answer to a request that is refused, or how long its body may be.
    std::function<std::variant<size_t, Response>(RequestHead&)> decide;
    // A whole request has arrived, or a stream may go on. False: nobody is free, and the peer is told so.
    std::function<bool(Connection&)> serve;
    // Whether it is to be served by serve_brief(): on the reception's thread, without its lock.
    std::function<bool(Connection&)> is_brief;
    std::function<void(Connection&)> serve_brief;
    // Every answer that was made here.
    std::function<void(int status)> answered;
  };

  // `listener`: a listening socket; owned.
  Reception(int listener, ReceptionLimits limits, Callbacks callbacks);
  ~Reception();  // stops
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  void start();
  void take_back(Connection& connection, Connection::Progress progress);
  // Instead of taking it back: forgets the connection, which ends here.
  Descriptor give_away(Connection& connection);
  void close_door();  // accepts no more, closes what has no request in progress
  void stop();        // after close_door(): waits a moment for answers to be taken, then closes all

 private:
  enum class Stage { Reading, Serving, Sending, Lingering };
  struct Guest {
    std::unique_ptr<Connection> connection;
    Stage stage = Stage::Reading;
    bool has_been_served = false;
    bool has_begun = false;   // a request
    bool is_refused = false;  // its peer may still be sending
    int64_t since_ms = 0;     // begin of the request, answer or silence
    uint64_t order = 0;       // of these beginnings
    int64_t taking_since_ms =
        0;                     // since its peer took no more at first, or since bytes_taken; 0: it took all
    uint64_t bytes_taken = 0;  // of an answer, by the peer
    int64_t deadline_ms = kNever;
    size_t bytes_held = 0;  // as far as counted
    WaitingLine::Place place = {};

    WaitingLine::Kind kind() const;
    bool is_idle() const { return kind() == WaitingLine::Kind::Idle; }
  };
  using Guests = std::unordered_map<int, Guest>;

  void run();
  void accept_all();
  void admit(int socket, std::string address);
  void drop_surplus(const std::string& address);
  bool make_room();
  std::optional<int> find_settled();
  bool hold(Guest& guest);
  void on_event(int socket, uint32_t events);
  void read_more(Guest& guest);
  enum class May { Lend, ServeHere };
  void advance(Guest& guest, May may);
  void lend(Guest& guest);
  bool serve(Guest& guest);
  void refuse(Guest& guest, Response response);
  void go_on(Guest& guest, Connection::Progress progress);
  void begin_next(Guest& guest);
  void linger(Guest& guest);
  void watch(Guest& guest, uint32_t events);
  void wait_for_bytes(Guest& guest);
  void wait_for_room(Guest& guest);
  void begin_wait(Guest& guest);
  void set_deadline(Guest& guest, int64_t at_ms);
  void line_up(Guest& guest);
  bool goes_on_taking(Guest& guest);
  void drop(Guest& guest);
  void expire(int64_t now_ms);
  void expire(Guest& guest);
  void wake();

  const ReceptionLimits limits_;
  const Callbacks callbacks_;
  int listener_;
  int epoll_ = -1;
  int wake_ = -1;

  std::mutex mutex_;
  Guests guests_;     // by socket
  WaitingLine line_;  // who of them waits
  uint64_t order_ = 0;
  size_t bytes_held_ = 0;              // by all guests
  int64_t wakes_at_ms_ = kNever;       // the thread, by itself
  int64_t accepts_again_ms_ = kNever;  // after it had no descriptor left
  Connection* brief_ = nullptr;        // to be served once the lock is free
  bool is_door_open_ = true;
  bool is_stopping_ = false;
  int64_t ends_at_ms_ = kNever;  // then every peer has had its time
  std::thread thread_;
};

}  // namespace aurora::net
