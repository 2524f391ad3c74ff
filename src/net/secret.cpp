#include "aurora/net/secret.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/guard.h"

namespace aurora::net {
namespace {

constexpr std::string_view kSymbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_equal(std::string_view given, std::string_view wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(wanted[i % wanted.size()]);
  }
  return difference == 0;
}

// Empty for what is no base64.
std::string decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kSymbols.find(c);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffff;
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return bytes;
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    unsigned bits = 0;
    for (size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0);
    for (size_t i = 0; i < 4; ++i) text += i <= part.size() ? kSymbols[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// The words of a scheme, whose name knows no case.
std::optional<std::string_view> words_of(std::string_view scheme, std::string_view header) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  const bool is_it = std::equal(scheme.begin(), scheme.end(), header.begin(),
                                [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
  if (!is_it) return std::nullopt;
  return header.substr(scheme.size() + 1);
}

}  // namespace

Result<std::string> parse_secret(std::string text, const std::string& path) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
  if (text.size() >= 16 && text.find_first_not_of(kAllowed) == std::string::npos) return text;
  return Error{ErrorCode::InvalidArgument,
               "The secret in " + path +
                   " must be one line of at least 16 characters of A-Z a-z 0-9 - . _ ~ + / =; "
                   "`openssl rand -base64 32` makes one"};
}

void add_secret(ClientRequest& request, const std::string& secret) {
  if (!secret.empty()) request.headers.emplace("Authorization", "Bearer " + secret);
}

void add_basic(ClientRequest& request, const std::string& user, const std::string& password) {
  request.headers.emplace("Authorization", "Basic " + encode_base64(user + ":" + password));
}

bool carries_secret(const Request& request, const std::string& secret) {
  if (secret.empty()) return true;
  const auto header = request.headers.find("authorization");
  if (header == request.headers.end()) return false;
  if (const auto token = words_of("bearer", header->second)) return is_equal(*token, secret);
  if (const auto pair = words_of("basic", header->second)) {
    const std::string decoded = decode_base64(*pair);
    const size_t colon = decoded.find(':');
    return colon != std::string::npos && is_equal(std::string_view(decoded).substr(colon + 1), secret);
  }
  return false;
}

std::string user_of_basic(const Request& request) {
  const auto header = request.headers.find("authorization");
  const auto pair = header == request.headers.end() ? std::nullopt : words_of("basic", header->second);
  if (!pair) return {};
  const std::string decoded = decode_base64(*pair);
  return decoded.substr(0, std::min(decoded.find(':'), decoded.size()));
}

Gate ask_for_secret(const std::string& secret, const std::string& hint) {
  if (secret.empty()) return nullptr;
  return [secret, hint](const Request& head) -> std::optional<Response> {
    if (carries_secret(head, secret)) return std::nullopt;
    Response response =
        error_response(401, "PERMISSION_DENIED", "The request does not carry this cluster's secret; " + hint);
    response.headers.emplace("WWW-Authenticate",
                             "Basic realm=\"aurora: any user name, the cluster's secret as password\"");
    return response;
  };
}

}  // namespace aurora::net
