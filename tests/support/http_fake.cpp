#include "support/http_fake.h"

#include <cctype>

namespace aurora::test {
namespace {

std::string url_decode(const std::string& text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

void add_query(const std::string& text, net::Request& request) {
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('&', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const size_t equals = pair.find('=');
    request.query.emplace(url_decode(pair.substr(0, equals)),
                          equals == std::string::npos ? "" : url_decode(pair.substr(equals + 1)));
    begin = end + 1;
  }
}

}  // namespace

void FakeHttpClient::serve(const std::string& origin, net::Handler handler) {
  std::lock_guard lock(mutex_);
  handlers_[origin] = std::move(handler);
}

void FakeHttpClient::fail(const std::string& origin, Error error) {
  std::lock_guard lock(mutex_);
  failures_[origin] = std::move(error);
}

void FakeHttpClient::heal(const std::string& origin) {
  std::lock_guard lock(mutex_);
  failures_.erase(origin);
}

std::vector<net::ClientRequest> FakeHttpClient::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

Result<net::Response> FakeHttpClient::send(const net::ClientRequest& original) {
  net::ClientRequest request = original;
  std::string url = request.url;
  for (int redirects = 0; redirects <= 5; ++redirects) {
    net::Response response = TRY(send_once(request, url));
    const auto location = response.headers.find("Location");
    const bool is_redirect = response.status == 307 || response.status == 308;
    if (!is_redirect || request.server == net::ServerTrust::Stranger || location == response.headers.end())
      return response;
    const size_t path = url.find('/', url.find("://") + 3);
    const std::string origin = url.substr(0, path);
    url = location->second.starts_with('/') ? origin + location->second : location->second;
    if (!url.starts_with(origin + "/")) net::drop_credentials(request);
  }
  return Error{ErrorCode::Unavailable, request.url + " redirects for ever"};
}

Result<net::Response> FakeHttpClient::send_once(const net::ClientRequest& request, const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return Error{ErrorCode::InvalidArgument, "'" + url + "' is not a URL"};
  const size_t path = std::min(url.find('/', scheme + 3), url.size());
  const std::string origin = url.substr(0, path);
  const size_t question = std::min(url.find('?', path), url.size());

  net::Request seen{.method = request.method, .path = url_decode(url.substr(path, question - path))};
  if (seen.path.empty()) seen.path = "/";
  if (question < url.size()) add_query(url.substr(question + 1), seen);
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    seen.headers[lower] = value;
  }
  if (!request.body.empty()) seen.headers.emplace("content-type", "application/json");
  seen.body = request.body;

  net::Handler handler;
  std::optional<Error> failure;
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (const auto it = failures_.find(origin); it != failures_.end()) failure = it->second;
    if (const auto it = handlers_.find(origin); it != handlers_.end()) handler = it->second;
  }
  if (failure && failure->code == ErrorCode::Unavailable) return *failure;
  if (!handler) return Error{ErrorCode::Unavailable, "Nothing answers at " + origin};
  net::Response response = net::wait_for(handler(seen));
  if (failure) return *failure;
  if (request.on_body && response.status == 200) {
    request.on_body(response.body);
    response.body.clear();
  }
  return response;
}

}  // namespace aurora::test
