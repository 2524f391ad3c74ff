#include "net/guard.h"

#include <algorithm>
#include <string_view>

namespace aurora::net {
namespace {

std::string_view header(const Request& request, const std::string& name) {
  const auto it = request.headers.find(name);
  return it == request.headers.end() ? std::string_view() : it->second;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// host[:port] without the port; [::1]:80 becomes [::1].
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_ip_address(std::string_view host) {
  if (host.starts_with('[')) return true;
  return !host.empty() &&
         std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool is_own_name(const ServerConfig& config, std::string_view host) {
  if (host.empty() || is_ip_address(host) || host == "localhost" || host.ends_with(".localhost")) return true;
  return std::any_of(config.host_names.begin(), config.host_names.end(),
                     [&](const std::string& name) { return name == "*" || lower(name) == host; });
}

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return lower(type.substr(0, type.find_last_not_of(" \t") + 1)) == "application/json";
}

void append_escaped(std::string& out, const std::string& text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += c >= 0x20 && c < 0x7f ? c : '?';
    }
  }
}

}  // namespace

std::optional<Response> refuse(const ServerConfig& config, const Request& head, bool has_body) {
  const std::string host = lower(header(head, "host"));
  if (!is_own_name(config, without_port(host))) {
    return error_response(403, "PERMISSION_DENIED",
                          "This server does not answer to the name '" + std::string(without_port(host)) +
                              "'; use its IP address or host name, or start it with --allowed_hosts=" +
                              std::string(without_port(host)));
  }
  const bool only_reads = (head.method == "GET" || head.method == "HEAD") && !head.headers.contains("upgrade");
  if (only_reads) return std::nullopt;
  const std::string origin = lower(header(head, "origin"));
  if (!origin.empty() && origin != "http://" + host && origin != "https://" + host) {
    return error_response(403, "PERMISSION_DENIED",
                          "A page of " + origin + " may not send requests to " + host);
  }
  if (has_body && !is_json(header(head, "content-type"))) {
    return error_response(415, "INVALID_ARGUMENT",
                          "The body must be sent with Content-Type: application/json");
  }
  return std::nullopt;
}

Response error_response(int status, const std::string& code, const std::string& message) {
  Response response;
  response.status = status;
  response.body = R"({"code":")" + code + R"(","message":")";
  append_escaped(response.body, message);
  response.body += R"(","details":[]})";
  return response;
}

}  // namespace aurora::net
