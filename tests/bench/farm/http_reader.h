// Reads messages of HTTP/1.1 from bytes as they arrive: requests and answers, bodies with a length or in chunks. For
// peers that are ours: it trusts them, and bounds nothing. Not the product's reader: what is measured must not change
// the measure.
#pragma once

#include <string>
#include <string_view>

namespace aurora::farm {

struct HttpMessage {
  std::string start_line;  // without its end
  std::string body;
  bool closes = false;

  int status() const;           // of an answer; 0 = it is none
  std::string_view target() const;  // of a request
};

class HttpReader {
 public:
  void append(std::string_view bytes) { waiting_ += bytes; }
  bool has_begun() const { return !waiting_.empty() || has_head_; }
  enum class Got { Message, NeedsMore, Nonsense };
  Got next(HttpMessage& message);
  void forget();

 private:
  bool take_head(size_t end);
  Got take_chunks(HttpMessage& message);

  std::string waiting_;
  bool has_head_ = false;
  HttpMessage head_;
  bool is_chunked_ = false;
  size_t length_ = 0;
};

}  // namespace aurora::farm
