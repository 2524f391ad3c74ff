// HTTP as values. Bodies are bytes; the layers above know what is in them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/counters.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::net {

struct Request {
  std::string method = "GET";
  std::string path = {};                              // decoded, without the query
  std::map<std::string, std::string> path_params = {};  // {role} in a route's pattern
  std::multimap<std::string, std::string> query = {};   // decoded
  std::map<std::string, std::string> headers = {};      // lower-case names
  std::string body = {};
  std::string remote_address = {};

  std::optional<std::string> find_query(const std::string& name) const;  // the first of that name
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::multimap<std::string, std::string> headers = {};
  // For large or endless bodies: called with an offset from the start until it returns an empty string. Then `body`
  // is unused; content_length when it is known beforehand.
  std::function<std::string(size_t offset)> stream = nullptr;
  std::optional<size_t> content_length = std::nullopt;
};

// Called on any of the server's threads at the same time.
using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string method;
  std::string pattern;  // "/v1/jobs/{role}/{environment}/{name}"; {path...} takes the rest including slashes
  Handler handler;
};

struct ServerConfig {
  std::string address = "127.0.0.1";
  int port = 0;  // 0 = any free one
  size_t body_bytes_max = 16u << 20;
  int threads = 96;  // connections served at once
  Duration idle_timeout = seconds(5);  // until the next bytes of a request; a whole request has six times as long
  std::vector<std::string> host_names = {};  // lower case, further names of this server; see below
};

// Routes are tried in order; no match is 404, a known path with another method 405, both as JSON errors; HEAD is served
// by the GET route. Idle connections hold no thread. Every request and body is bounded in bytes and time.
//
// Web pages of other sites cannot use it: a body must be application/json (415), a request that changes something and
// carries an `Origin` must come from this host (403), and a server bound to a loopback address answers only to
// localhost, IP addresses and host_names (403), which stops DNS rebinding. No CORS header is ever sent.
class Server {
 public:
  Server(ServerConfig config, std::vector<Route> routes, Counters* counters = nullptr);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Status start();    // binds and serves on its own threads; an address in use is a clear error. Once.
  int port() const;  // the bound one
  void stop();       // waits for requests in progress; endless streams are broken off

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http://host:port/path?query
  std::string body = {};
  std::multimap<std::string, std::string> headers = {};
  Duration connect_timeout = seconds(2);
  Duration timeout = seconds(30);  // for the whole exchange
};

// HttpClient talks to the world; tests/support has a fake. Thread-safe. Follows 307 and 308 with method and body.
// An Error means no HTTP answer came (Unavailable: certainly not delivered; DeadlineExceeded: perhaps delivered).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<Response> send(const ClientRequest& request) = 0;
};
std::unique_ptr<HttpClient> make_http_client();

std::string url_encode(const std::string& text);

}  // namespace aurora::net
