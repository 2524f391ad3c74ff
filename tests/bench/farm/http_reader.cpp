#include "farm/http_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace aurora::farm {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

bool read_number(std::string_view text, int base, size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end != text.data();
}

}  // namespace

int HttpMessage::status() const {
  size_t number = 0;
  const bool is_answer = start_line.starts_with("HTTP/1.") && start_line.size() >= 12;
  return is_answer && read_number(std::string_view(start_line).substr(9, 3), 10, number) ? static_cast<int>(number) : 0;
}

std::string_view HttpMessage::target() const {
  const std::string_view line = start_line;
  const size_t begin = line.find(' ');
  const size_t end = line.find(' ', begin + 1);
  return begin == line.npos || end == line.npos ? "" : line.substr(begin + 1, end - begin - 1);
}

void HttpReader::forget() { *this = {}; }

bool HttpReader::take_head(size_t end) {
  head_ = {};
  is_chunked_ = false;
  length_ = 0;
  std::string_view rest = std::string_view(waiting_).substr(0, end + 2);
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest.remove_prefix(line_end + 2);
    if (is_first) {
      head_.start_line = line;
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == line.npos) return false;
    const std::string name = lower(line.substr(0, colon));
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "content-length" && !read_number(value, 10, length_)) return false;
    if (name == "transfer-encoding") is_chunked_ = lower(value) == "chunked";
    if (name == "connection") head_.closes = lower(value) == "close";
  }
  waiting_.erase(0, end + 4);
  has_head_ = true;
  return true;
}

HttpReader::Got HttpReader::take_chunks(HttpMessage& message) {
  for (;;) {
    const size_t line_end = waiting_.find("\r\n");
    if (line_end == std::string::npos) return Got::NeedsMore;
    size_t size = 0;
    if (!read_number(std::string_view(waiting_).substr(0, line_end), 16, size)) return Got::Nonsense;
    if (waiting_.size() < line_end + 2 + size + 2) return Got::NeedsMore;
    head_.body.append(waiting_, line_end + 2, size);
    waiting_.erase(0, line_end + 2 + size + 2);
    if (size > 0) continue;
    message = std::move(head_);
    has_head_ = false;
    return Got::Message;
  }
}

HttpReader::Got HttpReader::next(HttpMessage& message) {
  if (!has_head_) {
    const size_t end = waiting_.find("\r\n\r\n");
    if (end == std::string::npos) return Got::NeedsMore;
    if (!take_head(end)) return Got::Nonsense;
  }
  if (is_chunked_) return take_chunks(message);
  if (waiting_.size() < length_) return Got::NeedsMore;
  message = std::move(head_);
  if (waiting_.size() == length_) {
    message.body = std::exchange(waiting_, {});
  } else {
    message.body = waiting_.substr(0, length_);
    waiting_.erase(0, length_);
  }
  has_head_ = false;
  return Got::Message;
}

}  // namespace aurora::farm
