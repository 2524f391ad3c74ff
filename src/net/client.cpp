#include <algorithm>
#include <chrono>
#include <mutex>

#include "aurora/net/http.h"
#include "net/httplib_setup.h"

namespace aurora::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRedirectsMax = 5;
constexpr size_t kAnswerBytesMax = 256u << 20;
constexpr size_t kIdleMax = 64;  // kept connections, over all servers
constexpr milliseconds kIdleTimeout{
    2'000};  // shorter than the server's 5 s, so that a kept one is not just closing

struct Url {
  std::string origin;  // http://host:port
  std::string target;  // /path?query
};

Result<Url> parse_url(const std::string& url) {
  const Error bad{ErrorCode::InvalidArgument, "'" + url + "' is not a URL like http://host:port/path"};
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (!printable || !known) return bad;
  const size_t host = url.find("://") + 3;
  const size_t path = url.find_first_of("/?", host);
  Url parsed{url.substr(0, path), path == std::string::npos ? "/" : url.substr(path)};
  if (parsed.target.starts_with('?')) parsed.target = "/" + parsed.target;
  const std::string authority = parsed.origin.substr(host);
  const size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (authority.empty() || colon == 0) return bad;
  if (colon != std::string::npos) {
    const std::string port = authority.substr(colon + 1);
    const bool digits =
        !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(port) > 65'535) return bad;
  }
  return parsed;
}

struct Idle {
  std::string origin;
  std::unique_ptr<httplib::Client> connection;
  steady_clock::time_point since;
};

class SocketHttpClient final : public HttpClient {
 public:
  Result<Response> send(const ClientRequest& original) override;

 private:
  Result<Response> send_once(const ClientRequest& request, const Url& url);
  std::unique_ptr<httplib::Client> take(const std::string& origin);
  void keep(const std::string& origin, std::unique_ptr<httplib::Client> connection);

  std::mutex mutex_;
  std::vector<Idle> idle_;  // oldest first
};

std::unique_ptr<httplib::Client> SocketHttpClient::take(const std::string& origin) {
  std::vector<Idle> expired;  // closed after the lock is released
  {
    std::lock_guard lock(mutex_);
    const auto oldest = steady_clock::now() - kIdleTimeout;
    const auto fresh =
        std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.since >= oldest; });
    std::move(idle_.begin(), fresh, std::back_inserter(expired));
    idle_.erase(idle_.begin(), fresh);
    const auto it =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.origin == origin; });
    if (it != idle_.rend()) {
      std::unique_ptr<httplib::Client> connection = std::move(it->connection);
      idle_.erase(std::next(it).base());
      return connection;
    }
  }
  auto connection = std::make_unique<httplib::Client>(origin);
  connection->set_keep_alive(true);
  connection->set_tcp_nodelay(true);
  connection->set_url_encode(false);
  return connection;
}

void SocketHttpClient::keep(const std::string& origin, std::unique_ptr<httplib::Client> connection) {
  std::unique_ptr<httplib::Client> dropped;
  std::lock_guard lock(mutex_);
  if (idle_.size() >= kIdleMax) {
    dropped = std::move(idle_.front().connection);
    idle_.erase(idle_.begin());
  }
  idle_.push_back({origin, std::move(connection), steady_clock::now()});
}

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
  std::unique_ptr<httplib::Client> connection = take(url.origin);
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
  out.content_receiver = [&](const char* bytes, size_t count, uint64_t, uint64_t) {
    body.append(bytes, count);
    return body.size() <= kAnswerBytesMax && steady_clock::now() < deadline;
  };

  httplib::Response in;
  httplib::Error error = httplib::Error::Success;
  if (!connection->send(out, in, error)) return no_answer(url.origin, error, timeout);
  Response response{
      .status = in.status, .content_type = in.get_header_value("Content-Type"), .body = std::move(body)};
  for (const auto& [name, value] : in.headers) response.headers.emplace(name, value);
  keep(url.origin, std::move(connection));
  return response;
}

Result<Response> SocketHttpClient::send(const ClientRequest& original) {
  ClientRequest request = original;
  Url url = TRY(parse_url(request.url));
  for (int redirects = 0;; ++redirects) {
    Response response = TRY(send_once(request, url));
    if (response.status != 307 && response.status != 308) return response;
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

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<SocketHttpClient>(); }

}  // namespace aurora::net
