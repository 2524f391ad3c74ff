// One accepted connection: its request as it arrives, its answer as it leaves. Never waits for the peer. Used by one
// thread at a time: Reception's, or the one that serves its request.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "aurora/net/http.h"
#include "net/request_reader.h"

namespace aurora::net {

class Connection {
 public:
  // `kept_ms`: how long it waits for a further request, as its answers say; 0: they say nothing.
  Connection(int socket, std::string address, int64_t kept_ms = 0)
      : socket_(socket), address_(std::move(address)), kept_ms_(kept_ms) {}
  ~Connection();  // closes it
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Got { Bytes, Nothing, End };  // Nothing: for now
  Got receive();                           // into reader
  void discard();                          // what has arrived
  RequestReader& reader() { return reader_; }
  const RequestReader& reader() const { return reader_; }

  // Sends `text` now or never: for a few bytes before any answer.
  void send_interim(std::string_view text);
  // REQUIRES: nothing of an earlier answer is left. `last`: the connection ends with it.
  enum class After { GoOn, Close };
  void set_answer(Response response, const RequestHead& request, After after);
  enum class Progress {
    Done,
    Blocked,  // the peer takes no more for now
    More,     // it has had its share of the thread, and may go on at once
    Broken,   // nothing more can be sent
  };
  static constexpr uint64_t kShare = 4u << 20;  // bytes until other work has its turn
  Progress send_answer(uint64_t share = kShare);
  bool has_stream() const { return static_cast<bool>(stream_); }
  uint64_t bytes_taken() const;  // of this answer, by the peer's machine
  size_t bytes_unsent() const { return out_.size() - out_sent_ + body_.size(); }
  void finish_sending();  // tells the peer that no more will come
  bool has_left() const;  // the peer has closed its side
  Descriptor release_socket();  // nothing else may be called afterwards

  int socket() const { return socket_; }
  const std::string& address() const { return address_; }
  bool closes() const { return after_ == After::Close; }

 private:
  Progress flush(uint64_t sent_max);
  bool fill_from_stream();

  int socket_;
  const std::string address_;  // of the peer, without its port
  const int64_t kept_ms_;
  RequestReader reader_;
  std::string out_;
  size_t out_sent_ = 0;
  std::string body_;  // behind out_: a large one, which is not copied there
  uint64_t bytes_sent_ = 0;
  After after_ = After::GoOn;

  std::function<std::string(size_t)> stream_;
  size_t stream_offset_ = 0;
  std::optional<size_t> stream_length_;
  bool is_chunked_ = false;
};

}  // namespace aurora::net
