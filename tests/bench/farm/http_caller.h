// One client of an HTTP server: a call at a time, over a connection that is kept for as long as the server keeps it.
// A kept connection that turns out to be closed is replaced once and not counted as an error, as clients do.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "farm/event_loop.h"
#include "farm/http_reader.h"

namespace aurora::farm {

struct CallerConfig {
  sockaddr_in to{};
  std::optional<in_addr> from = {};  // own address; any port
  std::string secret = {};
  Duration connect_timeout = seconds(2);  // both as net::ClientRequest and SchedulerLinkConfig have them
  Duration timeout = seconds(10);
  Duration keep = seconds(3600);  // a connection that is idle for longer is not used again
};

struct CallerCounts {
  int64_t connections = 0;  // opened
  int64_t stale = 0;        // kept ones that the server had closed
  std::map<std::string, int64_t> errors;
};

class HttpCaller final : public Watcher {
 public:
  // Both outlive it. The configuration, too.
  HttpCaller(EventLoop& loop, const CallerConfig& config, CallerCounts& counts, std::optional<in_addr> from = {});
  ~HttpCaller() override;

  // The answer; nothing if none came (counted in `errors`).
  using Done = std::function<void(std::optional<HttpMessage>)>;
  // REQUIRES: !is_busy()
  void call(const char* method, const std::string& target, const std::string& body, Done done);
  bool is_busy() const { return done_ != nullptr; }
  void expire(Instant now);  // to be called now and then: ends what takes too long
  void close();              // a call in progress is forgotten

 private:
  void on_events(uint32_t events) override;
  void open();
  void flush();
  void wait_for_room(bool waits);
  void receive();
  void finish(HttpMessage answer);
  void fail(const char* why);
  void disconnect();

  EventLoop& loop_;
  const CallerConfig& config_;
  CallerCounts& counts_;
  const std::optional<in_addr> from_;
  int socket_ = -1;
  bool is_connecting_ = false;
  bool waits_for_room_ = false;  // to send
  bool is_reused_ = false;  // this call's connection has served before
  Instant idle_since_;
  std::string out_;
  size_t sent_ = 0;
  HttpReader reader_;
  Done done_;
  Instant deadline_;
  Instant connect_deadline_;
};

// REQUIRES: a numeric IPv4 address. "http://127.0.0.1:8081"
std::optional<sockaddr_in> parse_origin(const std::string& url);
std::string to_text(const in_addr& address);

}  // namespace aurora::farm
