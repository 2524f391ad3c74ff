#include "client/scheduler_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "aurora/base/build_info.h"
#include "aurora/net/secret.h"

namespace aurora::client {
namespace {

constexpr Duration kRetryInterval = seconds(5);
constexpr int64_t kPageSize = 1000;

ErrorCode code_of(std::string_view name, int status) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
    if (error_code_name(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
  }
  return status >= 500 ? ErrorCode::Internal : ErrorCode::InvalidArgument;
}

// The scheduler's own words, when the body has its form; a proxy's page does not.
std::optional<Error> find_error(const net::Response& response) {
  const auto body = codec::JsonValue::parse(response.body);
  if (!body.ok() || body->find("code") == nullptr) return std::nullopt;
  Error error{code_of(body->string_or("code", ""), response.status), body->string_or("message", "")};
  if (const codec::JsonValue* details = body->find("details")) {
    for (const codec::JsonValue& detail : details->items()) if (auto text = detail.as_string(); text.ok()) error.details.push_back(*text);
  }
  return error;
}

Error with_text(ErrorCode code, std::string text) { return Error{code, std::move(text)}; }

void log_call(Console& console, const net::ClientRequest& request, const Result<net::Response>& response,
              Duration took) {
  const std::string outcome = response.ok() ? "HTTP " + std::to_string(response->status) + ", " +
                                                  std::to_string(response->body.size()) + " bytes"
                                            : response.error().message;
  console.log(Severity::Debug,
              request.method + " " + request.url + ": " + outcome + ", " + std::to_string(took.ms) + " ms");
}

struct Attempt {
  enum class Kind { Answered, NotReady, Broken };  // NotReady: certainly nothing happened
  Kind kind;
  Result<codec::JsonValue> result;
};

Attempt judge(const std::string& method, const std::string& cluster, const std::string& url,
              const Result<net::Response>& response) {
  using Kind = Attempt::Kind;
  if (!response.ok()) {
    const bool was_late = response.error().code == ErrorCode::DeadlineExceeded;
    const std::string text = was_late ? "Timed out talking to " + url
                                      : "Unknown error talking to " + url + ": " + response.error().message;
    return {Kind::Broken, with_text(response.error().code, text)};
  }
  if (response->status == 401 || response->status == 403) {
    auto error = find_error(*response);
    return {Kind::Answered, with_text(ErrorCode::PermissionDenied,
                                      error ? error->message : "HTTP " + std::to_string(response->status) + " from " + url)};
  }
  if (response->status >= 200 && response->status < 300) {
    auto body = codec::JsonValue::parse(response->body);
    if (body.ok()) return {Kind::Answered, std::move(body).value()};
    return {Kind::Answered, with_text(ErrorCode::DataLoss, "Fatal error running command: Error during call " + method +
                                                               " to " + cluster + ": " + body.error().message)};
  }
  auto error = find_error(*response);
  if (error && is_refusal(error->code)) return {Kind::Answered, *error};
  const std::string text = error ? error->message : "HTTP " + std::to_string(response->status) + " from " + url;
  return {response->status == 503 ? Kind::NotReady : Kind::Broken, with_text(ErrorCode::Unavailable, text)};
}

Result<std::string> read_secret(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (in && std::getline(in, line)) return net::parse_secret(std::move(line), file);
  return Error{ErrorCode::PermissionDenied, "Cannot read the cluster's secret in " + file + ": " +
                                                std::strerror(in.is_open() ? EIO : errno) +
                                                "; ask whoever runs the cluster for it"};
}

}  // namespace

Result<SchedulerClient> SchedulerClient::find(Session& session, const std::string& name) {
  Cluster cluster = TRY(session.find_cluster(name));
  const auto refuse = [&](const std::string& text) {
    return Error{ErrorCode::InvalidArgument, text + " (" + name + " in " + cluster.file + ")"};
  };
  if (!cluster.zk.empty()) {
    if (cluster.scheduler_zk_path.empty()) {
      return refuse(
          "Cluster has no defined scheduler path, must specify scheduler_zk_path in your cluster config!");
    }
    return refuse("Cluster " + name + " is found through ZooKeeper (" + cluster.zk +
                  "), which this version cannot read: give it scheduler_uri instead of zk");
  }
  if (cluster.scheduler_uri.empty()) return refuse("\"cluster\" does not specify zk or scheduler_uri");
  if (!cluster.scheduler_uri.starts_with("http://") && !cluster.scheduler_uri.starts_with("https://")) {
    return refuse("scheduler_uri '" + cluster.scheduler_uri + "' is not a URL like http://host:port");
  }
  while (cluster.scheduler_uri.ends_with('/')) cluster.scheduler_uri.pop_back();
  return SchedulerClient(session, std::move(cluster));
}

net::ClientRequest SchedulerClient::make_request(const std::string& verb, const std::string& path) const {
  net::ClientRequest request;
  request.method = verb;
  request.url = cluster_.scheduler_uri + path;
  request.headers.emplace("User-Agent", "aurora/" + std::string(build_info().version) + " (" + session_->verb() + ")");
  request.timeout = std::min(patience_, session_->timeout());
  request.connect_timeout = std::min(request.connect_timeout, session_->timeout());
  return request;
}

// What changes something carries the cluster's secret, where it has one.
Result<net::ClientRequest> SchedulerClient::make_change(const std::string& verb, const std::string& path,
                                                        const std::string& body) const {
  net::ClientRequest request = make_request(verb, path);
  request.body = body;
  request.headers.emplace("Content-Type", "application/json");
  std::string file = session_->secret_file();
  if (file.empty()) file = session_->world().variable("AURORA_SECRET_FILE").value_or("");
  if (file.empty()) file = cluster_.secret_file;
  if (!file.empty()) net::add_secret(request, TRY(read_secret(file)));
  return request;
}

Result<codec::JsonValue> SchedulerClient::call(const std::string& method, net::ClientRequest request, Repeat repeat) {
  World& world = session_->world();
  const Duration deadline = world.clock.monotonic() + session_->timeout();
  while (true) {
    const Duration begin = world.clock.monotonic();
    const Result<net::Response> response = world.http.send(request);
    log_call(session_->console(), request, response, world.clock.monotonic() - begin);
    Attempt attempt = judge(method, cluster_.name, cluster_.scheduler_uri, response);
    if (attempt.kind == Attempt::Kind::Answered) return std::move(attempt.result);
    const std::string text = attempt.result.error().message;
    if (attempt.kind == Attempt::Kind::Broken && repeat == Repeat::Never) {
      return Error{ErrorCode::Unavailable,
                   "Transport error communicating with scheduler during non-idempotent operation: " + text +
                       ", not retrying"};
    }
    if (world.clock.monotonic() + kRetryInterval >= deadline) {
      return Error{ErrorCode::DeadlineExceeded,
                   "Timed out attempting to issue " + method + " to " + cluster_.name + ": " + text};
    }
    session_->console().log(Severity::Warning,
                            attempt.kind == Attempt::Kind::Broken
                                ? "Transport error communicating with scheduler: " + text + ", retrying..."
                                : "Connection error with scheduler: " + text + ", reconnecting...");
    if (!world.pause(kRetryInterval)) return Error{ErrorCode::DeadlineExceeded, "Command interrupted by user"};
  }
}

Result<codec::JsonValue> SchedulerClient::get(const std::string& method, const std::string& path, const Query& query) {
  std::string target = path;
  for (const auto& [name, value] : query) {
    target += (target.find('?') == std::string::npos ? "?" : "&") + net::url_encode(name) + "=" + net::url_encode(value);
  }
  return call(method, make_request("GET", target), Repeat::Allowed);
}

Result<codec::JsonValue> SchedulerClient::get_once(const std::string& method, const std::string& path) {
  return call(method, make_request("GET", path), Repeat::Never);
}

Result<codec::JsonValue> SchedulerClient::post(const std::string& method, const std::string& path,
                                               const std::string& body) {
  return call(method, TRY(make_change("POST", path, body)), Repeat::Never);
}

Result<codec::JsonValue> SchedulerClient::put(const std::string& method, const std::string& path, const std::string& body) {
  return call(method, TRY(make_change("PUT", path, body)), Repeat::Never);
}

Result<codec::JsonValue> SchedulerClient::remove(const std::string& method, const std::string& path) {
  return call(method, TRY(make_change("DELETE", path, "")), Repeat::Never);
}

Result<codec::JsonValue> SchedulerClient::post_repeatable(const std::string& method, const std::string& path,
                                                          const std::string& body) {
  return call(method, TRY(make_change("POST", path, body)), Repeat::Allowed);
}

Status SchedulerClient::walk(
    const std::string& method, const std::string& path, Query query, const std::string& member,
    const std::function<void(const codec::JsonValue& item, const codec::JsonValue& page)>& take) {
  query.erase("limit");
  query.emplace("limit", std::to_string(kPageSize));
  // A page may be shorter than asked for: an answer has a bound of bytes.
  for (size_t taken = 0;;) {
    query.erase("offset");
    query.emplace("offset", std::to_string(taken));
    const codec::JsonValue page = TRY(get(method, path, query));
    const codec::JsonValue* items = page.find(member);
    if (items == nullptr || items->items().empty()) return Unit{};
    for (const codec::JsonValue& item : items->items()) take(item, page);
    taken += items->items().size();
    if (static_cast<int64_t>(taken) >= page.int_or("total", 0)) return Unit{};
  }
}

Result<std::vector<codec::JsonValue>> SchedulerClient::list(const std::string& method, const std::string& path, Query query,
                                                            const std::string& member) {
  std::vector<codec::JsonValue> all;
  TRY(walk(method, path, std::move(query), member,
           [&](const codec::JsonValue& item, const codec::JsonValue&) { all.push_back(item); }));
  return all;
}

std::string SchedulerClient::page_url(const std::vector<std::string>& parts) const {
  std::string base = cluster_.proxy_url.empty() ? cluster_.scheduler_uri : cluster_.proxy_url;
  // A path in the base is kept only if it ends in '/', as URL joining has it.
  const size_t host = base.find("://");
  const size_t path = base.find('/', host == std::string::npos ? 0 : host + 3);
  if (path != std::string::npos && !base.ends_with('/')) base.resize(path);
  if (base.ends_with('/')) base.pop_back();
  base += "/scheduler";
  for (const std::string& part : parts) base += "/" + net::url_encode(part);
  return base;
}

std::string job_route(const core::JobKey& job) {
  return "/v1/jobs/" + net::url_encode(job.role) + "/" + net::url_encode(job.environment) + "/" +
         net::url_encode(job.name);
}

Query job_query(const core::JobKey& job) {
  return {{"role", job.role}, {"environment", job.environment}, {"name", job.name}};
}

}  // namespace aurora::client
