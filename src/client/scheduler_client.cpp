#include "client/scheduler_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "aurora/base/build_info.h"
#include "aurora/base/repeater.h"
#include "aurora/base/split.h"
#include "aurora/net/secret.h"

namespace aurora::client {
namespace {

// Between two tries: a scheduler that was restarted is back soon, one that is gone is not asked all the time.
constexpr Duration kRetryIntervals[] = {seconds(1), seconds(2), seconds(4), seconds(5)};
// For so long, and a little longer, the scheduler keeps the key of a change.
constexpr Duration kKeyedFor = minutes(9);
constexpr int kRedirectsMax = 5;
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
  bool is_in_doubt = false;  // Broken: it may have been done
};

// Whoever says that, without the scheduler's words, will say it again: another program, or a wrong path of a proxy.
bool is_for_good(int status) {
  constexpr int kTimeout = 408;
  constexpr int kTooMany = 429;
  constexpr int kNotImplemented = 501;
  return status == kNotImplemented || (status >= 400 && status < 500 && status != kTimeout && status != kTooMany);
}

Attempt judge(const std::string& method, const std::string& cluster, const std::string& url,
              const Result<net::Response>& response) {
  using Kind = Attempt::Kind;
  if (!response.ok()) {
    const bool was_late = response.error().code == ErrorCode::DeadlineExceeded;
    const std::string text = was_late ? "Timed out talking to " + url
                                      : "Unknown error talking to " + url + ": " + response.error().message;
    return {Kind::Broken, with_text(response.error().code, text), was_late};
  }
  if (response->status == 401 || response->status == 403) return {Kind::Answered, error_of_answer(*response, url)};
  if (response->status >= 200 && response->status < 300) {
    auto body = codec::JsonValue::parse(response->body);
    if (body.ok()) return {Kind::Answered, std::move(body).value()};
    return {Kind::Answered, with_text(ErrorCode::DataLoss, "Fatal error running command: Error during call " + method +
                                                               " to " + cluster + ": " + body.error().message)};
  }
  auto error = find_error(*response);
  if (error && is_refusal(error->code)) return {Kind::Answered, *error};
  const std::string text = error ? error->message : "HTTP " + std::to_string(response->status) + " from " + url;
  if (!error && is_for_good(response->status)) {
    return {Kind::Answered, with_text(ErrorCode::DataLoss, text + ": that is no Aurora scheduler; look at scheduler_uri of " +
                                                               cluster + " in clusters.json")};
  }
  if (response->status == 503) return {Kind::NotReady, with_text(ErrorCode::Unavailable, text)};
  return {Kind::Broken, with_text(ErrorCode::Unavailable, text), true};
}

// Tells of a scheduler that does not answer: once, then only of other reasons.
class Complaint {
 public:
  explicit Complaint(Session& session) : session_(session) {}

  void make(const std::string& text) {
    const bool is_first = told_.empty();
    if (!told_.insert(text).second) return;
    const std::string how_long = is_first ? " for " + to_shown_duration(session_.timeout()) + "; --timeout changes that" : "";
    session_.console().log(Severity::Warning, text + how_long);
  }

 private:
  Session& session_;
  std::set<std::string> told_;
};

// Says that an answer takes long, while its caller does nothing but wait for it.
class SlowAnswer {
 public:
  SlowAnswer(Console& console, std::string url) : console_(console), url_(std::move(url)) {}
  bool was_told() const { return looks_ > 1; }

 private:
  Duration look() {
    constexpr Duration kPatience = seconds(3);
    if (++looks_ == 2)
      console_.info("No answer from " + url_ + " for " + to_shown_duration(kPatience) + ", still waiting for it");
    return looks_ == 1 ? kPatience : hours(1);
  }

  Console& console_;
  const std::string url_;
  std::atomic<int> looks_ = 0;
  Repeater repeater_{[this](const std::atomic<bool>&) { return look(); }};  // last: it uses the others
};

constexpr char kInDoubt[] = ". It may have been done all the same: look before you ask for it again";

Error no_leader(const std::string& uri) {
  return {ErrorCode::Unavailable, uri + " and the other schedulers redirect to each other; ask again when one leads"};
}

// "; tried 3 times in 12 secs"
std::string tried(size_t attempts, Duration in) {
  if (attempts == 1) return "; tried once";
  return "; tried " + std::to_string(attempts) + " times in " + to_shown_duration(in);
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
  std::vector<std::string> uris;
  for (std::string uri : split(cluster.scheduler_uri, ',')) {
    uri.erase(0, uri.find_first_not_of(' '));
    if (!uri.starts_with("http://") && !uri.starts_with("https://")) {
      return refuse("scheduler_uri '" + uri + "' is not a URL like http://host:port");
    }
    while (uri.ends_with('/') || uri.ends_with(' ')) uri.pop_back();
    uris.push_back(std::move(uri));
  }
  return SchedulerClient(session, std::move(cluster), std::move(uris));
}

void SchedulerClient::ask_briefly() {
  patience_ = seconds(3);
  is_brief_ = true;
}

net::ClientRequest SchedulerClient::make_request(const std::string& verb, const std::string& path) const {
  net::ClientRequest request;
  request.method = verb;
  request.url = path;  // send() knows of which scheduler
  request.headers.emplace("User-Agent", "aurora/" + std::string(build_info().version) + " (" + session_->verb() + ")");
  if (session_->bypasses_leader_redirect()) request.headers.emplace("Bypass-Leader-Redirect", "true");
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
  if (!demanded_state_.empty()) request.headers.emplace("If-Match", '"' + demanded_state_ + '"');
  std::string file = session_->secret_file();
  if (file.empty()) file = session_->world().variable("AURORA_SECRET_FILE").value_or("");
  if (file.empty()) file = cluster_.secret_file;
  if (!file.empty()) net::add_secret(request, TRY(read_secret(file)));
  return request;
}

// To the scheduler that answered last; if that certainly got nothing, to the others.
Result<net::Response> SchedulerClient::send(const net::ClientRequest& request) {
  for (size_t tried = 1;; ++tried) {
    Result<net::Response> response = send_to_leader(request);
    const bool got_nothing = !response.ok() && response.error().code == ErrorCode::Unavailable;
    if (!got_nothing || tried == uris_.size()) return response;
    asked_ = (asked_ + 1) % uris_.size();
  }
}

// One that is sent elsewhere keeps its credentials only among the schedulers that the user has named.
Result<net::Response> SchedulerClient::send_to_leader(const net::ClientRequest& request) {
  const bool is_alone = uris_.size() == 1;
  for (int redirects = 0;; ++redirects) {
    net::ClientRequest addressed = request;
    addressed.url = uris_[asked_] + request.url;
    if (!is_alone) addressed.server = net::ServerTrust::Stranger;  // redirections are for us
    add_credentials(addressed);
    Result<net::Response> response = send_once(addressed);
    const bool is_redirect = response.ok() && (response->status == 307 || response->status == 308);
    const auto location = is_redirect ? response->headers.find("Location") : std::multimap<std::string, std::string>::iterator();
    if (!is_redirect || is_alone || location == response->headers.end()) return response;
    const auto is_there = [&](const std::string& uri) { return location->second.starts_with(uri + "/"); };
    const auto leader = std::ranges::find_if(uris_, is_there);
    if (leader == uris_.end()) {
      net::drop_credentials(addressed);
      addressed.server = net::ServerTrust::Known;
      addressed.url = location->second;
      return send_once(addressed);
    }
    if (redirects == kRedirectsMax) return no_leader(uris_[asked_]);
    asked_ = static_cast<size_t>(leader - uris_.begin());
  }
}

Result<net::Response> SchedulerClient::send_once(const net::ClientRequest& request) {
  const Duration begin = session_->world().clock.monotonic();
  std::optional<SlowAnswer> slow;
  if (!is_brief_ && !has_told_slow_) slow.emplace(session_->console(), uris_[asked_]);
  Result<net::Response> response = session_->world().http.send(request);
  if (slow) has_told_slow_ = slow->was_told();
  slow.reset();
  log_call(session_->console(), request, response, session_->world().clock.monotonic() - begin);
  return response;
}

void SchedulerClient::add_credentials(net::ClientRequest& request) {
  if (request.headers.contains("Authorization")) return;
  const auto [known, is_new] = credentials_.try_emplace(uris_[asked_]);
  if (is_new) known->second = find_credentials(*session_, uris_[asked_]);
  if (known->second) net::add_basic(request, known->second->user, known->second->password);
}

Result<codec::JsonValue> SchedulerClient::call(const std::string& method, net::ClientRequest request, Repeat repeat) {
  World& world = session_->world();
  const Duration begin = world.clock.monotonic();
  const Duration deadline =
      begin + (repeat == Repeat::Keyed ? std::min(session_->timeout(), kKeyedFor) : session_->timeout());
  Complaint complaint(*session_);
  bool is_in_doubt = false;
  for (size_t attempts = 1;; ++attempts) {
    const Result<net::Response> response = send(request);
    Attempt attempt = judge(method, cluster_.name, uris_[asked_], response);
    if (attempt.kind == Attempt::Kind::Answered) {
      has_answered_ = true;
      return std::move(attempt.result);
    }
    is_in_doubt = is_in_doubt || attempt.is_in_doubt;
    if (is_brief_) return std::move(attempt.result);
    const std::string text = attempt.result.error().message;
    const bool is_worth_it = is_in_doubt || has_answered_;  // else perhaps there is no scheduler at all
    const bool may_be_sent_again = attempt.kind == Attempt::Kind::NotReady || repeat == Repeat::Allowed ||
                                   (repeat == Repeat::Keyed && is_worth_it);
    if (!may_be_sent_again) {
      return Error{ErrorCode::Unavailable,
                   "Transport error communicating with scheduler during non-idempotent operation: " + text +
                       ", not retrying" + (is_in_doubt ? kInDoubt : "")};
    }
    const Duration interval = kRetryIntervals[std::min(attempts, std::size(kRetryIntervals)) - 1];
    if (world.clock.monotonic() + interval >= deadline) {
      return Error{ErrorCode::DeadlineExceeded, "Timed out attempting to issue " + method + " to " + cluster_.name +
                                                    ": " + text + tried(attempts, world.clock.monotonic() - begin) +
                                                    (is_in_doubt && repeat != Repeat::Allowed ? kInDoubt : "")};
    }
    complaint.make(attempt.kind == Attempt::Kind::Broken
                       ? "Transport error communicating with scheduler: " + text + ", retrying..."
                       : "Connection error with scheduler: " + text + ", reconnecting...");
    if (!world.pause(interval)) return session_->note_interrupt();
    if (attempt.kind == Attempt::Kind::NotReady) asked_ = (asked_ + 1) % uris_.size();
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

Result<codec::JsonValue> SchedulerClient::change(const std::string& method, const std::string& verb,
                                                 const std::string& path, const std::string& body) {
  net::ClientRequest request = TRY(make_change(verb, path, body));
  request.headers.emplace("Idempotency-Key", session_->world().new_uuid());
  return call(method, std::move(request), Repeat::Keyed);
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

Result<std::string> SchedulerClient::find_leader() {
  if (uris_.size() > 1) TRY(get("getScheduler", "/v1/cluster"));
  return uris_[asked_];
}

std::string SchedulerClient::page_url(const std::vector<std::string>& parts) const {
  std::string base = cluster_.proxy_url.empty() ? uris_[asked_] : cluster_.proxy_url;
  // A path in the base is kept only if it ends in '/', as URL joining has it.
  const size_t host = base.find("://");
  const size_t path = base.find('/', host == std::string::npos ? 0 : host + 3);
  if (path != std::string::npos && !base.ends_with('/')) base.resize(path);
  if (base.ends_with('/')) base.pop_back();
  base += "/scheduler";
  for (const std::string& part : parts) base += "/" + net::url_encode(part);
  return base;
}

net::ClientRequest SchedulerClient::reading(const std::string& path) {
  net::ClientRequest request = make_request("GET", path);
  request.url = uris_[asked_] + path;
  add_credentials(request);
  return request;
}

Result<net::ClientRequest> SchedulerClient::opening(const std::string& path) {
  net::ClientRequest request = TRY(make_change("GET", path, ""));
  request.headers.erase("Content-Type");
  request.url = uris_[asked_] + path;
  add_credentials(request);
  return request;
}

Error error_of_answer(const net::Response& answer, const std::string& url) {
  std::optional<Error> error = find_error(answer);
  const bool is_stranger = answer.status == 401 || answer.status == 403;
  if (!error) error = Error{ErrorCode::Unavailable, "HTTP " + std::to_string(answer.status) + " from " + url};
  if (is_stranger) error->code = ErrorCode::PermissionDenied;
  return *error;
}

std::string job_route(const core::JobKey& job) {
  return "/v1/jobs/" + net::url_encode(job.role) + "/" + net::url_encode(job.environment) + "/" +
         net::url_encode(job.name);
}

Query job_query(const core::JobKey& job) {
  return {{"role", job.role}, {"environment", job.environment}, {"name", job.name}};
}

}  // namespace aurora::client
