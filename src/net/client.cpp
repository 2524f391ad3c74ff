#include <netinet/tcp.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "aurora/net/http.h"
#include "net/httplib_setup.h"
#include "net/url.h"

namespace aurora::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRedirectsMax = 5;
// A server that does not say how long it keeps a connection keeps it for 5 s at least.
constexpr milliseconds kKeptUnlessTold{2'000};
constexpr milliseconds kKeptMax{20'000};
constexpr milliseconds kKeptMargin{2'000};  // what is kept must not be just closing
// Nothing is acknowledged by the kernel at the other end: the machine is gone, and a kept connection would
// not tell.
constexpr milliseconds kAcknowledgedWithin{5'000};

// Connections that wait for the next request to their server.
class KeptConnections {
 public:
  explicit KeptConnections(size_t count_max) : count_max_(count_max) {}
  std::unique_ptr<httplib::Client> take(const std::string& origin);  // the latest, or none
  void keep(const std::string& origin, std::unique_ptr<httplib::Client> connection, milliseconds time);

 private:
  struct Kept {
    std::string origin;
    std::unique_ptr<httplib::Client> connection;
    steady_clock::time_point since;
    steady_clock::time_point until;
  };
  using Place = std::list<Kept>::iterator;
  std::unique_ptr<httplib::Client> take_out(Place place);

  const size_t count_max_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // oldest first
  std::unordered_multimap<std::string, Place> by_origin_;
};

std::unique_ptr<httplib::Client> KeptConnections::take_out(Place place) {
  const auto [first, last] = by_origin_.equal_range(place->origin);
  by_origin_.erase(std::find_if(first, last, [&](const auto& entry) { return entry.second == place; }));
  std::unique_ptr<httplib::Client> connection = std::move(place->connection);
  kept_.erase(place);
  return connection;
}

std::unique_ptr<httplib::Client> KeptConnections::take(const std::string& origin) {
  const auto now = steady_clock::now();
  std::vector<std::unique_ptr<httplib::Client>> closed;  // after the lock is released
  const std::lock_guard lock(mutex_);
  for (;;) {
    const auto [first, last] = by_origin_.equal_range(origin);
    const auto latest = std::max_element(
        first, last, [](const auto& a, const auto& b) { return a.second->since < b.second->since; });
    if (latest == last) return nullptr;
    const bool is_good = latest->second->until > now;
    std::unique_ptr<httplib::Client> connection = take_out(latest->second);
    if (is_good) return connection;
    closed.push_back(std::move(connection));
  }
}

void KeptConnections::keep(const std::string& origin, std::unique_ptr<httplib::Client> connection,
                           milliseconds time) {
  const auto now = steady_clock::now();
  std::vector<std::unique_ptr<httplib::Client>> closed;  // after the lock is released
  const std::lock_guard lock(mutex_);
  while (!kept_.empty() && (kept_.size() >= count_max_ || kept_.front().since + kKeptMax < now))
    closed.push_back(take_out(kept_.begin()));
  kept_.push_back({origin, std::move(connection), now, now + time});
  by_origin_.emplace(origin, std::prev(kept_.end()));
}

// Of "timeout=5, max=100".
milliseconds kept_time(const std::string& keep_alive) {
  constexpr std::string_view kName = "timeout=";
  const size_t at = keep_alive.find(kName);
  if (at == std::string::npos) return kKeptUnlessTold;
  int64_t told_s = 0;
  const char* const end = keep_alive.data() + keep_alive.size();
  if (std::from_chars(keep_alive.data() + at + kName.size(), end, told_s).ec != std::errc())
    return kKeptUnlessTold;
  const milliseconds told(1000 * std::clamp<int64_t>(told_s, 0, 3600));
  return std::clamp(told - kKeptMargin, milliseconds(0), kKeptMax);
}

std::unique_ptr<httplib::Client> connect(const std::string& origin) {
  auto connection = std::make_unique<httplib::Client>(origin);
  connection->set_keep_alive(true);
  connection->set_tcp_nodelay(true);
  connection->set_url_encode(false);
  connection->set_socket_options([](socket_t socket) {
    const auto most = static_cast<unsigned>(kAcknowledgedWithin.count());
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &most, sizeof most);
  });
  return connection;
}

// Ends what the connection is at when its time is over, on a thread of its own: cpp-httplib begins its timeouts again
// with every byte.
class Deadline {
 public:
  Deadline(httplib::Client& connection, steady_clock::time_point end)
      : thread_([this, &connection, end] {
          std::unique_lock lock(mutex_);
          if (!changed_.wait_until(lock, end, [this] { return is_over_; })) connection.stop();
        }) {}
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;  // last: it uses the others
};

class SocketHttpClient final : public HttpClient {
 public:
  explicit SocketHttpClient(size_t kept_connections_max) : kept_(kept_connections_max) {}
  Result<Response> send(const ClientRequest& original) override;

 private:
  Result<Response> send_once(const ClientRequest& request, const Url& url);

  KeptConnections kept_;
};

Error no_answer(const std::string& origin, httplib::Error error, milliseconds timeout) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
      return {ErrorCode::Unavailable, "Nothing answers at " + origin + ": is it running?"};
    case httplib::Error::ConnectionTimeout:
      return {ErrorCode::Unavailable, origin + " does not accept connections; is the host up?"};
    case httplib::Error::SSLConnection:
      return {ErrorCode::Unavailable, "No secure connection to " + origin + ": does it speak https?"};
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return {ErrorCode::Unavailable,
              "No secure connection to " + origin + ": its certificate was not accepted"};
    case httplib::Error::Success:
    case httplib::Error::Unknown:
    case httplib::Error::Read:
    case httplib::Error::Write:
    case httplib::Error::ExceedRedirectCount:
    case httplib::Error::Canceled:
    case httplib::Error::UnsupportedMultipartBoundaryChars:
    case httplib::Error::Compression:
      return {ErrorCode::DeadlineExceeded, origin +
                                               " closed the connection or gave no complete answer within " +
                                               std::to_string(timeout.count()) + " ms"};
  }
  return {ErrorCode::Internal, "Unknown HTTP error"};
}

Result<Response> SocketHttpClient::send_once(const ClientRequest& request, const Url& url) {
  const milliseconds timeout(request.timeout.ms);
  const auto deadline = steady_clock::now() + timeout;
  std::unique_ptr<httplib::Client> connection = kept_.take(url.origin);
  if (!connection) connection = connect(url.origin);
  connection->set_connection_timeout(milliseconds(request.connect_timeout.ms));
  connection->set_read_timeout(timeout);
  connection->set_write_timeout(timeout);

  httplib::Request out;
  out.method = request.method;
  out.path = url.target;
  for (const auto& [name, value] : request.headers) out.headers.emplace(name, value);
  out.body = request.body;
  if (!request.body.empty() && !out.has_header("Content-Type"))
    out.set_header("Content-Type", "application/json");
  std::string body;
  int status = 0;
  bool is_ended = false;  // by who takes the body
  if (request.on_body) {
    out.response_handler = [&status](const httplib::Response& head) {
      status = head.status;
      return true;
    };
  }
  out.content_receiver = [&](const char* bytes, size_t count, uint64_t, uint64_t) {
    constexpr int kOk = 200;
    if (request.on_body && status == kOk) return !(is_ended = !request.on_body({bytes, count}));
    body.append(bytes, count);
    return body.size() <= request.body_bytes_max && steady_clock::now() < deadline;
  };
  std::optional<Deadline> watched;
  if (request.server == ServerTrust::Stranger) watched.emplace(*connection, deadline);

  httplib::Response in;
  httplib::Error error = httplib::Error::Success;
  const bool is_answered = connection->send(out, in, error);
  watched.reset();
  if (body.size() > request.body_bytes_max) {
    return Error{ErrorCode::DeadlineExceeded,
                 url.origin + " answers with more than " + std::to_string(request.body_bytes_max) + " bytes"};
  }
  if (is_ended) return Response{.status = status};
  if (!is_answered) return no_answer(url.origin, error, timeout);
  Response response{
      .status = in.status, .content_type = in.get_header_value("Content-Type"), .body = std::move(body)};
  for (const auto& [name, value] : in.headers) response.headers.emplace(name, value);
  const milliseconds time = kept_time(in.get_header_value("Keep-Alive"));
  if (time.count() > 0) kept_.keep(url.origin, std::move(connection), time);
  return response;
}

Result<Response> SocketHttpClient::send(const ClientRequest& original) {
  ClientRequest request = original;
  Url url = TRY(parse_url(request.url));
  for (int redirects = 0;; ++redirects) {
    Response response = TRY(send_once(request, url));
    const bool is_redirect = response.status == 307 || response.status == 308;
    if (!is_redirect || request.server == ServerTrust::Stranger) return response;
    const auto location = response.headers.find("Location");
    if (location == response.headers.end()) return response;
    if (redirects == kRedirectsMax) {
      return Error{ErrorCode::Unavailable, request.url + " redirects more than " +
                                               std::to_string(kRedirectsMax) +
                                               " times; ask again when a leader is elected"};
    }
    // cpp-httplib decodes header values: what must be escaped is escaped again.
    const std::string target = httplib::detail::encode_url(location->second);
    Url next = TRY(parse_url(target.starts_with('/') ? url.origin + target : target));
    if (next.origin != url.origin) drop_credentials(request);
    url = std::move(next);
  }
}

}  // namespace

void drop_credentials(ClientRequest& request) {
  std::erase_if(request.headers, [](const auto& header) {
    std::string name = header.first;
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name == "authorization" || name == "cookie" || name == "proxy-authorization";
  });
}

std::unique_ptr<HttpClient> make_http_client(size_t kept_connections_max) {
  return std::make_unique<SocketHttpClient>(kept_connections_max);
}

}  // namespace aurora::net
