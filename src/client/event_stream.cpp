#include "client/event_stream.h"

#include <utility>

namespace aurora::client {

bool EventStreamReader::add(std::string_view piece, const std::function<void(const ServerEvent&)>& take) {
  unread_ += piece;
  size_t begin = 0;
  for (size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', begin)) {
    std::string_view line = std::string_view(unread_).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    add_line(line, take);
    begin = end + 1;
  }
  unread_.erase(0, begin);
  return unread_.size() <= kEventBytesMax && data_.size() <= kEventBytesMax;
}

void EventStreamReader::add_line(std::string_view line, const std::function<void(const ServerEvent&)>& take) {
  if (line.empty()) {
    if (std::exchange(has_some_, false)) take({id_, data_});
    data_.clear();
    return;
  }
  const size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") {
    id_ = value;
    has_some_ = true;
  } else if (field == "data") {
    if (!data_.empty()) data_ += '\n';
    data_ += value;
    has_some_ = true;
  }
}

}  // namespace aurora::client
