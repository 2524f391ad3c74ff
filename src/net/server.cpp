#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "net/byte_range.h"
#include "net/guard.h"
#include "net/listener.h"
#include "net/reception.h"
#include "net/router.h"
#include "net/work_queue.h"

namespace aurora::net {
namespace {

constexpr size_t kWaitingMax = 1024;  // whole requests, of each lane, for which no thread is free
constexpr int kHealthThreads = 2;
constexpr size_t kConnectionsMax = 32'768;  // a host of a large cluster keeps one
constexpr size_t kConnectionsMin = 64;

// Half of what this process may open: the rest is for what handlers need.
size_t connections_max(const ServerConfig& config) {
  if (config.connections_max > 0) return config.connections_max;
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return kConnectionsMin;
  return std::clamp<size_t>(descriptors.rlim_cur / 2, kConnectionsMin, kConnectionsMax);
}

ReceptionLimits limits_of(const ServerConfig& config) {
  return {.idle_ms = config.idle_timeout.ms,
          .kept_ms = config.kept_timeout.ms,
          .request_ms = 6 * config.idle_timeout.ms,
          .answer_ms = 2 * config.idle_timeout.ms,
          .newcomer_ms = config.newcomer_patience.ms,
          .unfinished_per_address_max = config.unfinished_per_address_max,
          .connections_max = connections_max(config)};
}

constexpr size_t kShortBytes = 16u << 10;  // what a socket that took everything before takes as a whole
bool is_short(const Response& response) { return !response.stream && response.body.size() <= kShortBytes; }

std::string range_of(const Request& request) {
  const auto range = request.headers.find("range");
  return range == request.headers.end() ? std::string() : range->second;
}

}  // namespace

struct Server::State {
  class PromisedAnswer;

  State(ServerConfig the_config, std::vector<Route> routes, Counters* the_counters)
      : config(std::move(the_config)), router(std::move(routes)), counters(the_counters) {}

  Status start();
  void stop();
  std::variant<size_t, Response> decide(RequestHead& head) const;
  bool serve(Connection& connection);
  static bool is_brief(Connection& connection);
  void serve_brief(Connection& connection);
  void work(Connection& connection);
  void promise_answer(Connection& connection, int64_t start, const Response& response);
  void keep_promise(Connection& connection, int64_t start, Response given);
  void answer(Connection& connection, int64_t start, Response response);
  std::optional<Response> refuse_upgrade(Connection& connection) const;
  void upgrade(Connection& connection, int64_t start, const Response& response);
  void send(Connection& connection, std::optional<Response> begun = std::nullopt);
  Response run_handler(const Route& route, const Request& request) const;
  Response finish(const RequestHead& head, Response response) const;
  WorkQueue& lane_of(Connection& connection) const;
  void count(int status, int64_t nanos) const;

  const ServerConfig config;
  const Router router;
  Counters* const counters;
  int bound_port = 0;
  std::unique_ptr<Reception> reception;
  std::array<std::unique_ptr<WorkQueue>, 3> lanes;  // by Lane
};

std::variant<size_t, Response> Server::State::decide(RequestHead& head) const {
  Request& request = head.request;
  if (std::optional<Response> refused = refuse(config, request, head.framing != BodyFraming::None))
    return *refused;
  Router::Match match = router.find(request.method, request.path);
  if (!match.route) {
    if (match.allowed.empty()) return error_response(404, "NOT_FOUND", "There is nothing at " + request.path);
    Response response =
        error_response(405, "INVALID_ARGUMENT",
                       request.path + " does not take " + request.method + "; use " + match.allowed);
    response.headers.emplace("Allow", match.allowed);
    return response;
  }
  request.path_params = std::move(match.path_params);
  head.route = match.route;
  if (match.route->gate) {
    if (std::optional<Response> refused = match.route->gate(request)) return *refused;
  }
  return std::min(match.route->body_bytes_max, config.body_bytes_max);
}

// What is left of a stream waits for its peer now and then: it is for strangers' threads, whoever asked.
WorkQueue& Server::State::lane_of(Connection& connection) const {
  const Lane lane = connection.has_stream() ? Lane::Public : connection.reader().head().route->lane;
  return *lanes[static_cast<size_t>(lane)];
}

bool Server::State::serve(Connection& connection) {
  return lane_of(connection).try_add([this, &connection] { work(connection); });
}

bool Server::State::is_brief(Connection& connection) {
  const RequestHead& head = connection.reader().head();
  return !connection.has_stream() && head.route->is_brief && head.request.body.size() <= kBriefBytesMax;
}

void Server::State::serve_brief(Connection& connection) {
  WorkQueue& lane = lane_of(connection);
  if (!lane.try_begin())
    return answer(connection, steady_nanos(), error_response(503, "UNAVAILABLE", "This server is stopping"));
  work(connection);
  lane.end_rest();
}

void Server::State::work(Connection& connection) {
  if (connection.has_stream()) return send(connection);
  const int64_t start = steady_nanos();
  RequestHead& head = connection.reader().head();
  head.request.has_left = [&connection] { return connection.has_left(); };
  Response response = run_handler(*head.route, head.request);
  if (response.later) return promise_answer(connection, start, response);
  answer(connection, start, std::move(response));
}

// An answer that is given once, or by the last who could have: then it is an error.
class Server::State::PromisedAnswer {
 public:
  PromisedAnswer(State& server, Connection& connection, int64_t start)
      : server_(server), connection_(connection), start_(start) {}
  ~PromisedAnswer() {
    give(error_response(500, "INTERNAL", "The request was given up inside the server; its log says why"));
  }
  PromisedAnswer(const PromisedAnswer&) = delete;
  PromisedAnswer& operator=(const PromisedAnswer&) = delete;
  void give(Response response) {
    if (!is_given_.exchange(true)) server_.keep_promise(connection_, start_, std::move(response));
  }

 private:
  State& server_;
  Connection& connection_;
  const int64_t start_;
  std::atomic<bool> is_given_ = false;
};

void Server::State::promise_answer(Connection& connection, int64_t start, const Response& response) {
  lane_of(connection).expect_rest();
  const auto promise = std::make_shared<PromisedAnswer>(*this, connection, start);
  try {
    response.later([promise](Response given) { promise->give(std::move(given)); });
  } catch (const std::exception& error) {
    log_error("net", connection.reader().head().route->pattern + ": " + error.what());
  }
}

// Sends a short answer at once: the client has it before another thread would have woken up, at less cost.
// With a long one whoever gives it shall not be kept.
void Server::State::keep_promise(Connection& connection, int64_t start, Response given) {
  WorkQueue& lane = lane_of(connection);
  if (is_short(given)) {
    answer(connection, start, std::move(given));
    return lane.end_rest();
  }
  lane.add_rest([this, &connection, start, given = std::move(given)]() mutable {
    answer(connection, start, std::move(given));
  });
}

std::optional<Response> Server::State::refuse_upgrade(Connection& connection) const {
  const RequestHead& head = connection.reader().head();
  if (!head.route->upgrades && !head.route->hands_over) {
    log_error("net", head.route->pattern + ": gives its connection away and does not say that it may");
    return error_response(500, "INTERNAL", "The request failed inside the server; its log says why");
  }
  if (!connection.reader().has_more()) return std::nullopt;
  return error_response(400, "INVALID_ARGUMENT",
                        "Bytes follow the request; a client sends nothing more before this is answered");
}

void Server::State::upgrade(Connection& connection, int64_t start, const Response& response) {
  constexpr int kOk = 200;
  constexpr int kSwitchingProtocols = 101;
  const bool upgrades = connection.reader().head().route->upgrades;
  count(upgrades ? kSwitchingProtocols : kOk, steady_nanos() - start);
  response.upgrade(reception->give_away(connection));
}

void Server::State::answer(Connection& connection, int64_t start, Response response) {
  if (response.upgrade) {
    std::optional<Response> refused = refuse_upgrade(connection);
    if (!refused) return upgrade(connection, start, response);
    response = *std::move(refused);
  }
  RequestHead& head = connection.reader().head();
  response = finish(head, std::move(response));
  count(response.status, steady_nanos() - start);
  response = apply_range(std::move(response), range_of(head.request));
  head.request = {.method = head.request.method};  // a long answer need not keep it
  send(connection, std::move(response));
}

// The beginning of an answer, or what is left of one.
void Server::State::send(Connection& connection, std::optional<Response> begun) {
  Connection::Progress progress = Connection::Progress::Broken;
  try {
    if (begun) {
      const RequestHead& head = connection.reader().head();
      connection.set_answer(*std::move(begun), head,
                            head.closes ? Connection::After::Close : Connection::After::GoOn);
    }
    progress = connection.send_answer();
  } catch (const std::exception& error) {
    log_error("net", std::string("an answer is broken off: ") + error.what());
  }
  reception->take_back(connection, progress);
}

// A handler that throws is a bug of ours; it must not end the process for everyone else.
Response Server::State::run_handler(const Route& route, const Request& request) const {
  try {
    return route.handler(request);
  } catch (const std::exception& error) {
    log_error("net", request.method + " " + route.pattern + ": " + error.what());
    return error_response(500, "INTERNAL", "The request failed inside the server; its log says why");
  }
}

Response Server::State::finish(const RequestHead& head, Response response) const {
  if (!head.route->finish || response.stream) return response;
  try {
    return head.route->finish(head.request, std::move(response));
  } catch (const std::exception& error) {
    log_error("net", head.request.method + " " + head.route->pattern + ": " + error.what());
    return error_response(500, "INTERNAL", "The request failed inside the server; its log says why");
  }
}

void Server::State::count(int status, int64_t nanos) const {
  if (!counters) return;
  std::string name = "http_" + std::to_string(status) + "_responses_events";
  counters->add(name);
  counters->add(name.replace(name.size() - std::string_view("events").size(), std::string::npos, "nanos_total"), nanos);
}

Status Server::State::start() {
  const Listener listener = TRY(listen_on(config.address, config.port));
  bound_port = listener.port;
  const int threads[] = {config.threads, config.control_threads, kHealthThreads};
  for (size_t lane = 0; lane < lanes.size(); ++lane)
    lanes[lane] = std::make_unique<WorkQueue>(threads[lane], kWaitingMax);
  reception = std::make_unique<Reception>(
      listener.socket, limits_of(config),
      Reception::Callbacks{.decide = [this](RequestHead& head) { return decide(head); },
                           .serve = [this](Connection& connection) { return serve(connection); },
                           .is_brief = is_brief,
                           .serve_brief = [this](Connection& connection) { serve_brief(connection); },
                           .answered = [this](int status) { count(status, 0); }});
  reception->start();
  return Unit{};
}

void Server::State::stop() {
  if (!reception) return;
  reception->close_door();
  for (const auto& lane : lanes) lane->stop();
  reception->stop();
}

Server::Server(ServerConfig config, std::vector<Route> routes, Counters* counters)
    : state_(std::make_unique<State>(std::move(config), std::move(routes), counters)) {}

Server::~Server() { stop(); }

Status Server::start() { return state_->start(); }

int Server::port() const { return state_->bound_port; }

void Server::stop() { state_->stop(); }

}  // namespace aurora::net
