#include "client/docker_registry.h"

#include <strings.h>

#include <map>
#include <optional>

#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

constexpr char kDockerHub[] = "https://registry-1.docker.io";
constexpr char kManifestType[] = "application/vnd.docker.distribution.manifest.v2+json";

Error failure(std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; }

std::optional<std::string> find_header(const net::Response& response, const char* name) {
  for (const auto& [header, value] : response.headers) {
    if (strcasecmp(header.c_str(), name) == 0) return value;
  }
  return std::nullopt;
}

// realm, service and scope of `Bearer realm="...",service="...",scope="..."`.
std::map<std::string, std::string> parse_challenge(const std::string& header) {
  std::map<std::string, std::string> parameters;
  size_t at = header.find(' ');
  while (at != std::string::npos && at < header.size()) {
    at = header.find_first_not_of(" ,", at);
    const size_t equals = at == std::string::npos ? at : header.find("=\"", at);
    const size_t end = equals == std::string::npos ? equals : header.find('"', equals + 2);
    if (end == std::string::npos) break;
    parameters[header.substr(at, equals - at)] = header.substr(equals + 2, end - equals - 2);
    at = end + 1;
  }
  return parameters;
}

class Registry {
 public:
  Registry(net::HttpClient& http, std::string url) : http_(http), url_(std::move(url)) {
    while (url_.ends_with('/')) url_.pop_back();
  }

  Status check_version() {
    const auto answer = head(url_ + "/v2/", "");
    const bool known =
        answer.ok() && (answer->status == 200 || answer->status == 401) &&
        find_header(*answer, "Docker-Distribution-Api-Version").value_or("registry/2.0") == "registry/2.0";
    if (!known) return failure(url_ + " is not a registry v2");
    return Unit{};
  }

  Result<std::string> find_digest(const std::string& name, const std::string& tag) {
    const std::string manifest = url_ + "/v2/" + name + "/manifests/" + tag;
    auto answer = head(manifest, "");
    if (answer.ok() && answer->status == 401) {
      const std::string token = TRY(solve_challenge(find_header(*answer, "WWW-Authenticate").value_or("")));
      answer = head(manifest, token);
      if (answer.ok() && (answer->status == 401 || answer->status == 403))
        return failure("Private Docker repository - " + name + ":" + tag);
    }
    const auto digest =
        answer.ok() && answer->status == 200 ? find_header(*answer, "Docker-Content-Digest") : std::nullopt;
    if (!digest) return failure("Unable to resolve image " + name + ":" + tag);
    return *digest;
  }

  // `` for Docker Hub, else `host:port/`.
  std::string prefix() const {
    if (url_ == kDockerHub) return "";
    const size_t scheme = url_.find("://");
    const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
    return url_.substr(start, url_.find('/', start) - start) + "/";
  }

 private:
  Result<net::Response> head(const std::string& url, const std::string& token) {
    net::ClientRequest request;
    request.method = "HEAD";
    request.url = url;
    request.headers.emplace("Accept", kManifestType);
    if (!token.empty()) request.headers.emplace("Authorization", "Bearer " + token);
    return http_.send(request);
  }

  // A token for anybody; empty when the registry gives none.
  Result<std::string> solve_challenge(const std::string& header) {
    if (header.empty()) return failure(url_ + " wants authorization and does not say which");
    if (strncasecmp(header.c_str(), "Basic", 5) == 0) return failure("Basic authorization not supported: " + header);
    if (strncasecmp(header.c_str(), "Bearer ", 7) != 0) return failure("Unknown auth challenge: " + header);
    const auto parameters = parse_challenge(header);
    const auto realm = parameters.find("realm");
    if (realm == parameters.end()) return std::string();
    net::ClientRequest request;
    request.url = realm->second;
    char separator = '?';
    for (const char* name : {"service", "scope"}) {
      const auto found = parameters.find(name);
      if (found == parameters.end()) continue;
      request.url += separator + std::string(name) + "=" + net::url_encode(found->second);
      separator = '&';
    }
    const auto answer = http_.send(request);
    const auto document = answer.ok() && answer->status == 200 ? codec::JsonValue::parse(answer->body)
                                                               : Result<codec::JsonValue>(codec::JsonValue());
    if (!document.ok()) return std::string();
    return document->string_or("token", document->string_or("access_token", ""));
  }

  net::HttpClient& http_;
  std::string url_;
};

}  // namespace

Result<std::string> resolve_image(net::HttpClient& http, const std::string& registry_url,
                                  const std::string& name, const std::string& tag) {
  Registry registry(http, registry_url);
  TRY(registry.check_version());
  return registry.prefix() + name + "@" + TRY(registry.find_digest(name, tag));
}

}  // namespace aurora::client
