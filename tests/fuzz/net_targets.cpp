// What anybody may send in a header of an HTTP request.
#include "net/byte_range.h"
#include "targets.h"

namespace aurora::fuzz {

void byte_range(std::string_view input) {
  static const std::string kBody = "0123456789";
  net::Response whole;
  whole.content_length = kBody.size();
  whole.stream = [](size_t offset) { return kBody.substr(offset); };
  const net::Response part = net::apply_range(std::move(whole), std::string(input));
  if (part.status == 416) return;
  promise(part.status == 200 || part.status == 206, "a range is served, ignored or refused");
  const size_t length = *part.content_length;
  promise(length >= 1 && length <= kBody.size() && part.stream(0).size() >= length,
          "a range is inside of the body");
}

}  // namespace aurora::fuzz
