#include "aurora/net/http.h"

#include <future>

namespace aurora::net {

std::optional<std::string> Request::find_query(const std::string& name) const {
  const auto it = query.find(name);
  if (it == query.end()) return std::nullopt;
  return it->second;
}

Response wait_for(Response response) {
  if (!response.later) return response;
  const auto promise = std::make_shared<std::promise<Response>>();
  std::future<Response> answer = promise->get_future();
  response.later([promise](Response given) { promise->set_value(std::move(given)); });
  return answer.get();
}

std::string url_encode(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

}  // namespace aurora::net
