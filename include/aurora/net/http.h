// HTTP as values. Bodies are bytes; the layers above know what is in them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aurora/base/counters.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/net/descriptor.h"

namespace aurora::net {

struct Request {
  std::string method = "GET";
  std::string path = {};                                // decoded, without the query
  std::map<std::string, std::string> path_params = {};  // {role} in a route's pattern
  std::multimap<std::string, std::string> query = {};   // decoded
  std::map<std::string, std::string> headers = {};      // lower-case names
  std::string body = {};
  std::string remote_address = {};
  std::function<bool()> has_left = nullptr;  // whether the client has hung up: long work may then stop

  bool is_abandoned() const { return has_left && has_left(); }
  std::optional<std::string> find_query(const std::string& name) const;  // the first of that name
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::multimap<std::string, std::string> headers = {};
  // For large or endless bodies: called with an offset from the start until it returns an empty string. Then
  // `body` is unused; content_length when it is known beforehand.
  std::function<std::string(size_t offset)> stream = nullptr;
  std::optional<size_t> content_length = std::nullopt;
  // An answer that is not known yet: called once with what takes it, and the request needs no thread until
  // then. The rest of this Response is unused. `answer` may be called on any thread, once; if it never is,
  // the client gets a 500 when the last copy of it goes.
  std::function<void(std::function<void(Response)> answer)> later = nullptr;
  // Nothing is answered: the connection becomes the callee's, whose first bytes are the answer (101 of a route that
  // `upgrades`, 200 of one that `hands_over`). Called once, by whoever gave this Response, if the route says so; must
  // not wait. The rest of this Response is unused.
  std::function<void(Descriptor socket)> upgrade = nullptr;
};
Response wait_for(
    Response response);  // itself, or what it gives later; for callers that have a thread to spare

// Called on any of the server's threads at the same time.
using Handler = std::function<Response(const Request&)>;

// What becomes of each answer of a route that is whole, also of one that was given later: on a thread that serves requests,
// or, if it is short, on the one that gave it. `request` is as it came.
using Finish = std::function<Response(const Request& request, Response response)>;

// Asked once the head of a request is there, before its body is read and before it gets a thread: the answer
// to one that is refused. Must be quick; called on the thread that reads for everybody.
using Gate = std::function<std::optional<Response>(const Request& head)>;

// Whose threads and queue a route uses: what a cluster lives on never waits behind strangers.
enum class Lane {
  Public,   // people, pages, programs
  Control,  // what scheduler and executors say to each other
  Health,   // whether the process is there; its handlers wait for nothing
};

struct Route {
  std::string method;
  // "/v1/jobs/{role}/{environment}/{name}"; {path...} takes the rest including slashes, {name}:verb what ends so
  std::string pattern;
  Handler handler;
  Gate gate = nullptr;
  Finish finish = nullptr;
  Lane lane = Lane::Public;
  size_t body_bytes_max = 1u << 20;
  // Its handler never waits and costs what the body is long: a body of kBriefBytesMax is answered where it
  // was read, and wakes no other thread.
  bool is_brief = false;
  // It may answer with Response::upgrade. Whatever its method, it is a change: a page of another site must not ask for it.
  bool upgrades = false;
  // It may answer with Response::upgrade, and what the callee writes is an HTTP answer: a read like others.
  bool hands_over = false;
};
constexpr size_t kBriefBytesMax = 1024;

struct ServerConfig {
  std::string address = "127.0.0.1";
  int port = 0;                       // 0 = any free one
  size_t body_bytes_max = 64u << 20;  // a route's limit is never above it
  int threads = 16;                   // handlers at work at once, of Lane::Public
  int control_threads = 8;            // of Lane::Control
  Duration idle_timeout =
      seconds(5);  // until the next bytes of a request; a whole request has six times as long
  Duration kept_timeout =
      seconds(30);  // until the next request of a connection: its answers say so (Keep-Alive)
  std::vector<std::string> host_names =
      {};  // lower case, further names of this server, or "*": any; see below
  Duration newcomer_patience =
      seconds(1);  // until a connection that has sent nothing yet counts among the following
  size_t unfinished_per_address_max =
      256;                     // connections of one address that send a request or take an answer
  size_t connections_max = 0;  // 0 = half of the descriptors this process may have, at most 32,768
};

// Routes are tried in order; no match is 404, a known path with another method 405, both as JSON errors; HEAD
// is served by the GET route. A thread is given to a request only once the whole of it has arrived, and taken
// back before its answer is sent, so that slow or silent clients cost descriptors and nothing else. Every
// request is bounded in bytes and time, as a whole (408, 413, 431); one that two readers could understand
// differently is refused (400). Of too many connections the one that has been unfinished for longest is
// closed, then the one that has been idle for longest.
//
// Web pages of other sites cannot use it: a body must be application/json (415), a request that changes
// something or asks for an `Upgrade`, and carries an `Origin`, must come from this host (403), and it answers only to localhost, IP
// addresses and host_names (403), which stops DNS rebinding. No CORS header is ever sent.
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

// Of strangers redirections are answers like others, and `timeout` holds however slowly their bytes come.
enum class ServerTrust { Known, Stranger };

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http://host:port/path?query
  std::string body = {};
  std::multimap<std::string, std::string> headers = {};
  Duration connect_timeout = seconds(2);
  Duration timeout = seconds(30);  // for the whole exchange
  ServerTrust server = ServerTrust::Known;
  size_t body_bytes_max = 256u << 20;  // of the answer; more is an error
  // For a body without an end: of a 200 every piece goes here as it comes, and nothing is kept. On the caller's
  // thread; false ends the exchange, which then has succeeded. `timeout` is how long the server may be silent.
  std::function<bool(std::string_view piece)> on_body = nullptr;
};

// HttpClient talks to the world; tests/support has a fake. Thread-safe. Follows 307 and 308 with method and
// body; what identifies the sender (Authorization, Cookie) stays with the first origin. A connection is kept
// for the next request to its server, for a little less than the server says that it keeps it. An Error means
// no HTTP answer came (Unavailable: certainly not delivered; DeadlineExceeded: perhaps delivered).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<Response> send(const ClientRequest& request) = 0;
};
std::unique_ptr<HttpClient> make_http_client(size_t kept_connections_max = 64);
// Takes out what only the origin that it was meant for may see.
void drop_credentials(ClientRequest& request);

std::string url_encode(const std::string& text);

}  // namespace aurora::net
