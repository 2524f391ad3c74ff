#include "net/connection.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "net/answer_head.h"

namespace aurora::net {
namespace {

constexpr size_t kCopiedMax = 16u << 10;   // of a body, to leave with its head

std::string chunk_of(const std::string& piece) {
  std::array<char, 16> size{};
  const auto [end, error] = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
  return std::string(size.data(), end) + "\r\n" + piece + "\r\n";
}

}  // namespace

Connection::~Connection() {
  if (socket_ >= 0) close(socket_);
}

Descriptor Connection::release_socket() { return Descriptor(std::exchange(socket_, -1)); }

Connection::Got Connection::receive() {
  constexpr int kReadsMax = 4;  // others want to be read, too
  std::array<char, 64u << 10> buffer;
  for (int i = 0; i < kReadsMax; ++i) {
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0) return i == 0 ? Got::End : Got::Bytes;  // what came before the end may be a whole request
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return errno != EAGAIN && errno != EWOULDBLOCK ? Got::End : i == 0 ? Got::Nothing : Got::Bytes;
    reader_.append(std::string_view(buffer.data(), static_cast<size_t>(count)));
    if (static_cast<size_t>(count) < buffer.size()) break;
  }
  return Got::Bytes;
}

void Connection::discard() {
  std::array<char, 16u << 10> buffer;
  constexpr int kReadsMax = 16;
  for (int i = 0; i < kReadsMax && recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0; ++i) {
  }
}

void Connection::send_interim(std::string_view text) {
  [[maybe_unused]] const ssize_t sent = send(socket_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Connection::set_answer(Response response, const RequestHead& request, After after) {
  const bool is_head = request.request.method == "HEAD";
  stream_ = is_head ? nullptr : std::move(response.stream);
  stream_offset_ = 0;
  stream_length_ = response.content_length;
  is_chunked_ = stream_ && !stream_length_ && !request.is_http_1_0;
  const bool ends_with_connection = stream_ && !stream_length_ && !is_chunked_;
  after_ = ends_with_connection ? After::Close : after;
  if (is_head && response.stream) response.stream = nullptr;
  out_ = answer_head(response, {.is_stream = stream_ || (is_head && stream_length_),
                                .is_chunked = is_chunked_,
                                .closes = closes(),
                                .is_http_1_0 = request.is_http_1_0,
                                .kept_ms = kept_ms_});
  if (!is_head && !stream_) {
    if (response.body.size() <= kCopiedMax) {
      out_ += response.body;
    } else {
      body_ = std::move(response.body);
    }
  }
  out_sent_ = 0;
  bytes_sent_ = 0;
}

// All of out_ and body_, until bytes_sent_ has come so far.
Connection::Progress Connection::flush(uint64_t sent_max) {
  for (;;) {
    if (out_sent_ == out_.size()) {
      std::string().swap(out_);  // an idle connection keeps no buffer
      out_.swap(body_);
      out_sent_ = 0;
      if (out_.empty()) return Progress::Done;
    }
    if (bytes_sent_ >= sent_max) return Progress::More;
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (body_.empty() ? 0 : MSG_MORE);
    const size_t count = std::min<uint64_t>(out_.size() - out_sent_, sent_max - bytes_sent_);
    const ssize_t sent = send(socket_, out_.data() + out_sent_, count, flags);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Progress::Blocked : Progress::Broken;
    out_sent_ += static_cast<size_t>(sent);
    bytes_sent_ += static_cast<uint64_t>(sent);
  }
}

// False when the stream ended before what it had promised.
bool Connection::fill_from_stream() {
  const bool is_complete = stream_length_ && stream_offset_ >= *stream_length_;
  std::string piece = is_complete ? std::string() : stream_(stream_offset_);
  if (stream_length_) piece.resize(std::min(piece.size(), *stream_length_ - stream_offset_));
  const bool is_end = piece.empty();
  stream_offset_ += piece.size();
  if (is_chunked_) {
    out_ = is_end ? "0\r\n\r\n" : chunk_of(piece);
  } else {
    out_ = std::move(piece);
  }
  if (is_end) stream_ = nullptr;
  return !is_end || !stream_length_ || is_complete;
}

Connection::Progress Connection::send_answer(uint64_t share) {
  for (const uint64_t sent_max = bytes_sent_ + share;;) {
    const Progress progress = flush(sent_max);
    if (progress != Progress::Done || !stream_) return progress;
    if (bytes_sent_ >= sent_max) return Progress::More;
    if (!fill_from_stream()) return Progress::Broken;
  }
}

uint64_t Connection::bytes_taken() const {
  int queued = 0;  // sent, and not acknowledged
  if (ioctl(socket_, SIOCOUTQ, &queued) != 0) return 0;
  return bytes_sent_ - std::min(bytes_sent_, static_cast<uint64_t>(queued));
}

void Connection::finish_sending() { shutdown(socket_, SHUT_WR); }

bool Connection::has_left() const {
  pollfd watched{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  return poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace aurora::net
