#include "api/submit.h"

#include <algorithm>

#include "api/etag.h"
#include "api/handler.h"

namespace aurora::api {

Result<std::optional<core::RequestMark>> mark_of(const net::Request& request) {
  const auto header = request.headers.find("idempotency-key");
  if (header == request.headers.end()) return std::optional<core::RequestMark>();
  const std::string& key = header->second;
  const bool is_printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (key.empty() || key.size() > core::kRequestKeyBytesMax || !is_printable) {
    return Error{ErrorCode::InvalidArgument, "The header Idempotency-Key must be 1 to " +
                                                 std::to_string(core::kRequestKeyBytesMax) +
                                                 " printable characters without blanks, such as a random UUID"};
  }
  std::string said = user_of(request) + "\n" + request.method + " " + request.path + "\n";
  for (const auto& [name, value] : request.query) said += name + "=" + value + "\n";
  return std::optional(core::RequestMark{key, etag_of(said + request.body)});
}

}  // namespace aurora::api
