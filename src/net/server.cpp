#include <sys/resource.h>

#include <algorithm>
#include <array>

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
constexpr size_t kConnectionsMax = 16'384;
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
          .request_ms = 6 * config.idle_timeout.ms,
          .answer_ms = 2 * config.idle_timeout.ms,
          .newcomer_ms = config.newcomer_patience.ms,
          .unfinished_per_address_max = config.unfinished_per_address_max,
          .connections_max = connections_max(config)};
}

std::string range_of(const Request& request) {
  const auto range = request.headers.find("range");
  return range == request.headers.end() ? std::string() : range->second;
}

}  // namespace

struct Server::State {
  State(ServerConfig the_config, std::vector<Route> routes, Counters* the_counters)
      : config(std::move(the_config)), router(std::move(routes)), counters(the_counters) {}

  Status start();
  void stop();
  std::variant<size_t, Response> decide(RequestHead& head) const;
  bool serve(Connection& connection);
  void work(Connection& connection);
  Response answer(Connection& connection);
  Response run_handler(const Route& route, const Request& request) const;
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
  if (std::optional<Response> refused = refuse(config, request, head.framing != BodyFraming::None)) return *refused;
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

bool Server::State::serve(Connection& connection) {
  // What is left of a stream waits for its peer now and then: it is for strangers' threads, whoever asked.
  const Lane lane = connection.has_stream() ? Lane::Public : connection.reader().head().route->lane;
  return lanes[static_cast<size_t>(lane)]->try_add([this, &connection] { work(connection); });
}

void Server::State::work(Connection& connection) {
  Connection::Progress progress = Connection::Progress::Broken;
  try {
    if (!connection.has_stream()) {
      const RequestHead& head = connection.reader().head();
      Response response = answer(connection);
      connection.set_answer(std::move(response), head,
                            head.closes ? Connection::After::Close : Connection::After::GoOn);
    }
    progress = connection.send_answer();
  } catch (const std::exception& error) {
    log_error("net", std::string("an answer is broken off: ") + error.what());
  }
  reception->take_back(connection, progress);
}

Response Server::State::answer(Connection& connection) {
  const int64_t start = steady_nanos();
  RequestHead& head = connection.reader().head();
  head.request.has_left = [&connection] { return connection.has_left(); };
  Response response = apply_range(run_handler(*head.route, head.request), range_of(head.request));
  head.request = {.method = head.request.method};  // a long answer need not keep it
  count(response.status, steady_nanos() - start);
  return response;
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

void Server::State::count(int status, int64_t nanos) const {
  if (!counters) return;
  const std::string name = "http_" + std::to_string(status) + "_responses";
  counters->add(name + "_events");
  counters->add(name + "_nanos_total", nanos);
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
