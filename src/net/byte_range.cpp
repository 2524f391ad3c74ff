#include "net/byte_range.h"

#include <charconv>

#include "net/guard.h"

namespace aurora::net {
namespace {

struct ByteRange {
  std::optional<size_t> first;  // absent: the last `last` bytes
  std::optional<size_t> last;   // absent: to the end
};

// An empty text is no number, and fine; anything else must be one.
bool read_number(std::string_view text, std::optional<size_t>& into) {
  if (text.empty()) return true;
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  into = number;
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<ByteRange> parse_range(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  const size_t dash = header.find('-');
  if (!header.starts_with(kUnit) || dash == std::string_view::npos) return std::nullopt;
  ByteRange range;
  if (!read_number(header.substr(kUnit.size(), dash - kUnit.size()), range.first)) return std::nullopt;
  if (!read_number(header.substr(dash + 1), range.last)) return std::nullopt;
  if (!range.first && !range.last) return std::nullopt;
  if (range.first && range.last && *range.last < *range.first) return std::nullopt;
  return range;
}

}  // namespace

Response apply_range(Response response, const std::string& header) {
  if (response.status != 200 || !response.stream || !response.content_length) return response;
  response.headers.emplace("Accept-Ranges", "bytes");
  const std::optional<ByteRange> range = parse_range(header);
  if (!range) return response;
  const size_t length = *response.content_length;
  const size_t first = range->first ? *range->first : length - std::min(length, *range->last);
  if (first >= length || (!range->first && *range->last == 0)) {
    Response error =
        error_response(416, "INVALID_ARGUMENT", "There are " + std::to_string(length) + " bytes");
    error.headers.emplace("Content-Range", "bytes */" + std::to_string(length));
    return error;
  }
  const size_t last = range->first && range->last ? std::min(*range->last, length - 1) : length - 1;
  response.status = 206;
  response.content_length = last - first + 1;
  response.headers.emplace("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                                "/" + std::to_string(length));
  response.stream = [next = std::move(response.stream), first](size_t offset) {
    return next(first + offset);
  };
  return response;
}

}  // namespace aurora::net
