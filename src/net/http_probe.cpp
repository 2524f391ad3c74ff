#include "aurora/net/http_probe.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "net/answer_reader.h"
#include "net/local_redirect.h"

namespace aurora::net {
namespace {

constexpr int kRedirectsMax = 10;
constexpr size_t kReadBytes = 16u << 10;      // in one advance()
constexpr size_t kAnswerBytesMax = 1u << 20;  // however many heads it has

Error system_said(int number) {
  return {ErrorCode::Unavailable, "[Errno " + std::to_string(number) + "] " + std::strerror(number)};
}

std::string escaped(const std::string& target) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = target.starts_with('/') ? "" : "/";
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return text;
}

std::string text_of(const ProbeRequest& request) {
  std::string text = request.method + " " + escaped(request.target) +
                     " HTTP/1.1\r\nHost: localhost:" + std::to_string(request.port) +
                     "\r\nUser-Agent: aurora\r\nAccept-Encoding: identity\r\n";
  if (request.method != "GET") text += "Content-Length: 0\r\n";
  return text + "Connection: close\r\n\r\n";
}

// A socket that is connected or connecting to the loopback address of the family; -1 with errno.
int connect_to(int family, int port) {
  const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  const bool is_v4 = family == AF_INET;
  const int done = ::connect(
      socket, is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6),
      is_v4 ? sizeof v4 : sizeof v6);
  if (done == 0 || errno == EINPROGRESS) return socket;
  const int reason = errno;
  ::close(socket);
  errno = reason;
  return -1;
}

}  // namespace

class HttpProbe::Exchange {
 public:
  explicit Exchange(ProbeRequest request) : request_(std::move(request)) { begin(); }
  ~Exchange() { hang_up(); }

  bool advance() {
    if (!outcome_ && !unsent_.empty()) send();
    if (!outcome_ && unsent_.empty()) receive();
    return outcome_.has_value();
  }
  int fd() const { return socket_; }
  bool wants_to_write() const { return !unsent_.empty(); }
  int connections() const { return connections_; }
  Result<ProbeAnswer> take_outcome() { return *std::move(outcome_); }

 private:
  void begin() {
    reader_ = std::make_unique<AnswerReader>(request_.body_bytes_max);
    unsent_ = text_of(request_);
    has_sent_ = false;
    ++connections_;
    socket_ = connect_to(AF_INET, request_.port);
    is_v4_ = true;
    if (socket_ < 0) try_other_family(errno);
  }
  void hang_up() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void end(Result<ProbeAnswer> outcome) {
    outcome_ = std::move(outcome);
    hang_up();
  }
  void try_other_family(int reason) {
    hang_up();
    if (std::exchange(is_v4_, false)) {
      first_reason_ = reason;
      ++connections_;
      socket_ = connect_to(AF_INET6, request_.port);
    }
    if (socket_ < 0) end(system_said(first_reason_));
  }

  // That the connection is not there yet is told by the same answer as that it takes no more.
  void send() {
    while (!unsent_.empty() && !outcome_) {
      const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        unsent_.erase(0, static_cast<size_t>(sent));
        has_sent_ = true;
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return;
      } else if (errno != EINTR) {
        has_sent_ ? end(system_said(errno)) : try_other_family(errno);
      }
    }
  }

  void receive() {
    char buffer[kReadBytes];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) end(system_said(errno));
      return;
    }
    received_ += static_cast<size_t>(got);
    const AnswerReader::Stage stage =
        got == 0 ? reader_->end() : reader_->take(std::string_view(buffer, static_cast<size_t>(got)));
    if (stage == AnswerReader::Stage::Complete) return answered();
    if (stage == AnswerReader::Stage::Broken)
      return end(Error{ErrorCode::DataLoss, reader_->has_head() ? "IncompleteRead" : "BadStatusLine"});
    if (received_ > kAnswerBytesMax) end(Error{ErrorCode::DataLoss, "the answer does not end"});
  }

  void answered() {
    const int status = reader_->status();
    const bool redirects = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (request_.method != "GET" || !redirects || reader_->location().empty())
      return end(ProbeAnswer{status, reader_->body()});
    if (++redirects_ > kRedirectsMax)
      return end(Error{ErrorCode::FailedPrecondition,
                       "redirected more than " + std::to_string(kRedirectsMax) + " times"});
    const auto next = find_local_redirect(reader_->location(), {request_.port, request_.target});
    if (!next) {
      return end(Error{ErrorCode::PermissionDenied, "redirected to " + reader_->location().substr(0, 200) +
                                                        ", which is no port of this machine"});
    }
    request_.port = next->port;
    request_.target = next->target;
    hang_up();
    begin();
    advance();
  }

  ProbeRequest request_;
  std::unique_ptr<AnswerReader> reader_;
  std::string unsent_;
  bool has_sent_ = false;  // on this connection
  int socket_ = -1;
  bool is_v4_ = true;
  int first_reason_ = 0;
  int redirects_ = 0;
  int connections_ = 0;
  size_t received_ = 0;
  std::optional<Result<ProbeAnswer>> outcome_;
};

HttpProbe::HttpProbe(ProbeRequest request) : exchange_(std::make_unique<Exchange>(std::move(request))) {}
HttpProbe::~HttpProbe() = default;

bool HttpProbe::advance() { return exchange_->advance(); }
int HttpProbe::fd() const { return exchange_->fd(); }
bool HttpProbe::wants_to_write() const { return exchange_->wants_to_write(); }
int HttpProbe::connections() const { return exchange_->connections(); }
Result<ProbeAnswer> HttpProbe::take_outcome() { return exchange_->take_outcome(); }

}  // namespace aurora::net
