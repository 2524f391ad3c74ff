#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <thread>

#include "aurora/base/clock.h"
#include "aurora/base/log.h"
#include "net/byte_range.h"
#include "net/connection.h"
#include "net/guard.h"
#include "net/parking.h"
#include "net/router.h"

namespace aurora::net {
namespace {

constexpr size_t kWaitingMax =
    256;  // accepted connections for which no thread is free; more stay with the kernel
constexpr size_t kParkedMax = 256;  // idle connections; together they stay well below 1,024 descriptors

// A bounded queue served by a fixed number of threads. enqueue() blocks while it is full.
class Pool final : public httplib::TaskQueue {
 public:
  explicit Pool(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  void enqueue(std::function<void()> work) override {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return waiting_.size() < kWaitingMax; });
    waiting_.push_back(std::move(work));
    has_work_.notify_one();
  }
  void shutdown() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      has_work_.notify_all();
    }
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void run() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        has_work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
        has_room_.notify_one();
      }
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Request to_request(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.query = from.params;
  request.remote_address = from.remote_addr;
  for (const auto& [name, value] : from.headers) request.headers.emplace(lower(name), value);
  return request;
}

// How the body is framed. Both framings at once, or a length that is no number, is how requests are smuggled.
struct Framing {
  bool valid = true;
  bool has_body = false;
  bool too_large = false;
};
Framing framing_of(const httplib::Request& request, size_t body_bytes_max) {
  const size_t lengths = request.get_header_value_count("Content-Length");
  const bool chunked = request.has_header("Transfer-Encoding");
  if (lengths == 0) return {.has_body = chunked};
  const std::string length = request.get_header_value("Content-Length");
  const bool digits =
      !length.empty() && length.size() < 19 && length.find_first_not_of("0123456789") == std::string::npos;
  if (chunked || lengths > 1 || !digits) return {.valid = false};
  const unsigned long long bytes = std::stoull(length);
  return {.has_body = bytes > 0, .too_large = bytes > body_bytes_max};
}

void fill_stream(const httplib::Request& request, Response from, httplib::Response& to) {
  const auto next = std::move(from.stream);
  if (!from.content_length) {
    to.set_chunked_content_provider(from.content_type, [next](size_t offset, httplib::DataSink& sink) {
      const std::string piece = next(offset);
      if (piece.empty()) {
        sink.done();
        return true;
      }
      return sink.write(piece.data(), piece.size());
    });
  } else if (*from.content_length == 0) {
    to.set_content("", from.content_type);
  } else {
    to.set_content_provider(*from.content_length, from.content_type,
                            [next](size_t offset, size_t length, httplib::DataSink& sink) {
                              const std::string piece = next(offset);
                              if (piece.empty())
                                return false;  // shorter than promised: the connection is broken off
                              return sink.write(piece.data(), std::min(piece.size(), length));
                            });
  }
  (void)request;
}

// The connection that this thread serves: cpp-httplib's handlers are not told.
thread_local Connection* current_connection = nullptr;

}  // namespace

struct Server::State final : httplib::Server {
  State(ServerConfig the_config, std::vector<Route> routes, Counters* the_counters)
      : config(std::move(the_config)), router(std::move(routes)), counters(the_counters) {
    new_task_queue = [this] { return pool = new Pool(config.threads); };
    set_tcp_nodelay(true);
    // Not SO_REUSEPORT, cpp-httplib's default: a second server on the port would silently share the requests.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    // Everything is answered here, before cpp-httplib's own routing by regular expressions.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler(
        [this](const httplib::Request&, httplib::Response& response) { finish(response); });
  }

  Response respond(const httplib::Request& from);
  Response run_handler(const Router::Match& match, const Request& request) const;
  std::optional<Response> read_body(const httplib::Request& from, Request& request) const;
  void answer(const httplib::Request& from, httplib::Response& to);
  void finish(httplib::Response& response) const;
  bool process_and_close_socket(socket_t socket) override;
  Status bind();

  ServerConfig config;
  Router router;
  Counters* counters;
  std::unique_ptr<Parking> parking;
  std::atomic<Pool*> pool = nullptr;  // owned by httplib::Server
  std::atomic<bool> stopping = false;
  std::thread listener;
  int bound_port = 0;
};

Response Server::State::respond(const httplib::Request& from) {
  Request request = to_request(from);
  const Framing framing = framing_of(from, config.body_bytes_max);
  current_connection->must_close = framing.has_body || !framing.valid;  // until the body has been read
  if (!framing.valid)
    return error_response(400, "INVALID_ARGUMENT", "The body's length is not stated clearly");
  if (std::optional<Response> refused = refuse(config, request, framing.has_body)) return *refused;
  Router::Match match = router.find(from.method, from.path);
  if (!match.route) {
    if (match.allowed.empty()) return error_response(404, "NOT_FOUND", "There is nothing at " + from.path);
    Response response = error_response(
        405, "INVALID_ARGUMENT", from.path + " does not take " + from.method + "; use " + match.allowed);
    response.headers.emplace("Allow", match.allowed);
    return response;
  }
  if (framing.too_large) {
    return error_response(413, "RESOURCE_EXHAUSTED",
                          "The body is larger than " + std::to_string(config.body_bytes_max) + " bytes");
  }
  if (framing.has_body) {
    if (std::optional<Response> refused = read_body(from, request)) return *refused;
    current_connection->must_close = false;
  }
  request.path_params = std::move(match.path_params);
  return run_handler(match, request);
}

std::optional<Response> Server::State::read_body(const httplib::Request& from, Request& request) const {
  bool too_large = false;
  const auto append = [&](const char* bytes, size_t count, uint64_t, uint64_t) {
    too_large = request.body.size() + count > config.body_bytes_max;
    if (!too_large) request.body.append(bytes, count);
    return !too_large;
  };
  current_connection->allow_body(config.body_bytes_max);
  int status = 0;
  httplib::Request head;
  head.headers = from.headers;
  if (httplib::detail::read_content(*current_connection, head, config.body_bytes_max, status, nullptr, append,
                                    false)) {
    return std::nullopt;
  }
  if (too_large) {
    return error_response(413, "RESOURCE_EXHAUSTED",
                          "The body is larger than " + std::to_string(config.body_bytes_max) + " bytes");
  }
  return error_response(400, "INVALID_ARGUMENT",
                        "The body ended early, is badly framed or took too long to arrive");
}

// A handler that throws is a bug of ours; it must not end the process for everyone else.
Response Server::State::run_handler(const Router::Match& match, const Request& request) const {
  try {
    return match.route->handler(request);
  } catch (const std::exception& error) {
    log_error("net", request.method + " " + match.route->pattern + ": " + error.what());
    return error_response(500, "INTERNAL", "The request failed inside the server; its log says why");
  }
}

void Server::State::answer(const httplib::Request& from, httplib::Response& to) {
  const int64_t start = steady_nanos();
  Response response = apply_range(respond(from), from.get_header_value("Range"));
  if (counters) {
    const std::string name = "http_" + std::to_string(response.status) + "_responses";
    counters->add(name + "_events");
    counters->add(name + "_nanos_total", steady_nanos() - start);
  }
  to.status = response.status;
  for (const auto& [name, value] : response.headers) to.headers.emplace(name, value);
  if (response.stream) {
    fill_stream(from, std::move(response), to);
  } else if (response.body.empty()) {
    to.set_header("Content-Length", "0");
  } else {
    to.body = std::move(response.body);
    to.set_header("Content-Type", response.content_type);
  }
}

void Server::State::finish(httplib::Response& response) const {
  response.headers.erase("Keep-Alive");  // cpp-httplib's figures are not ours
  response.set_header("X-Content-Type-Options", "nosniff");
  if (current_connection->must_close && !response.has_header("Connection"))
    response.set_header("Connection", "close");
}

// Serves what has arrived, then gives the thread back: idle connections wait in the parking.
bool Server::State::process_and_close_socket(socket_t socket) {
  const std::chrono::milliseconds timeout(config.idle_timeout.ms);
  Connection connection(socket, {.read_timeout = timeout, .request_timeout = 6 * timeout});
  current_connection = &connection;
  bool served = true;
  bool closing = false;
  const auto without_ranges = [](httplib::Request& request) { request.ranges.clear(); };
  while (served && !closing && !stopping) {
    if (!connection.wait_readable(std::chrono::milliseconds(2))) {
      parking->park(socket);
      return true;
    }
    connection.begin_request();
    served = process_request(connection, false, closing, without_ranges);
    closing = closing || connection.must_close;
  }
  if (connection.must_close) connection.linger();
  httplib::detail::shutdown_socket(socket);
  httplib::detail::close_socket(socket);
  return served;
}

Status Server::State::bind() {
  errno = 0;
  const bool bound = config.port == 0 ? (bound_port = bind_to_any_port(config.address)) > 0
                                      : bind_to_port(config.address, bound_port = config.port);
  if (bound) return Unit{};
  const int reason = errno;
  const std::string where = config.address + ":" + std::to_string(config.port);
  if (reason == EADDRINUSE) {
    return Error{ErrorCode::AlreadyExists,
                 "Cannot listen on " + where +
                     ": the port is in use; stop the process that has it (`ss -ltnp` shows "
                     "it) or choose another port"};
  }
  if (reason == EACCES) {
    return Error{ErrorCode::PermissionDenied,
                 "Cannot listen on " + where + ": ports below 1024 are for root; choose another port"};
  }
  return Error{ErrorCode::InvalidArgument, "Cannot listen on " + where + ": " +
                                               (reason == 0 ? "no such address" : std::strerror(reason)) +
                                               "; give an address of this machine"};
}

Server::Server(ServerConfig config, std::vector<Route> routes, Counters* counters)
    : state_(std::make_unique<State>(std::move(config), std::move(routes), counters)) {}

Server::~Server() { stop(); }

Status Server::start() {
  TRY(state_->bind());
  State& state = *state_;
  state.parking = std::make_unique<Parking>(state.config.idle_timeout, kParkedMax, [&state](int connection) {
    state.pool.load()->enqueue([&state, connection] { state.process_and_close_socket(connection); });
  });
  state.listener = std::thread([&state] { state.listen_after_bind(); });
  while (!state.is_running() || !state.pool.load()) std::this_thread::yield();
  return Unit{};
}

int Server::port() const { return state_->bound_port; }

void Server::stop() {
  if (!state_->listener.joinable()) return;
  state_->stopping = true;
  state_->parking->stop();
  state_->httplib::Server::stop();  // waits, in listen_after_bind(), for the requests in progress
  state_->listener.join();
}

}  // namespace aurora::net
