// Reads one HTTP/1 request after the other from bytes as they arrive. The grammar is Boost.Beast's; of what
// it takes, that is refused which a proxy in front of us could understand differently (request smuggling),
// before any of it is used. Pure; used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aurora/net/http.h"

namespace aurora::net {

struct Refusal {
  int status = 400;
  std::string message;
};

enum class BodyFraming { None, Length, Chunked };

struct RequestHead {
  Request request;               // path_params and body come later
  const Route* route = nullptr;  // likewise
  BodyFraming framing = BodyFraming::None;
  uint64_t length = 0;         // of BodyFraming::Length; above 0
  bool closes = false;         // the connection ends with this request
  bool is_http_1_0 = false;    // knows no chunked answers
  bool asks_to_go_on = false;  // Expect: 100-continue
};

class RequestReader {
 public:
  static constexpr size_t kHeadBytesMax = 64u << 10;

  enum class Stage {
    Head,      // more bytes are needed
    Decide,    // the head is there; the caller refuses it or calls read_body()
    Body,      // more bytes are needed
    Complete,  // the caller takes the request and calls next()
    Refused,
  };

  RequestReader();
  ~RequestReader();

  void append(std::string_view bytes) { waiting_ += bytes; }
  Stage advance();  // as far as the bytes go
  // REQUIRES: Stage::Decide. A longer body is refused with 413.
  void read_body(size_t bytes_max);
  // REQUIRES: Stage::Complete. Forgets the request; what has arrived behind it is the beginning of the next.
  void next();

  bool has_more() const { return !waiting_.empty(); }  // behind what was used
  bool wants_body() const { return stage_ == Stage::Body; }
  bool has_begun() const { return stage_ != Stage::Head || !waiting_.empty(); }
  size_t bytes_held() const { return waiting_.size() + head_.request.body.size(); }
  RequestHead& head() { return head_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  class Parser;

  Stage find_head();
  Stage parse_head(size_t size);
  Stage take_length();
  Stage take_chunks();
  Stage refuse(int status, std::string message);
  Stage refuse_body();

  Stage stage_ = Stage::Head;
  std::string waiting_;  // arrived and not yet used
  size_t searched_ = 0;  // of waiting_, for the end of the head
  RequestHead head_;
  size_t body_bytes_max_ = 0;
  std::unique_ptr<Parser> parser_;  // of this request; an idle connection keeps none
  bool is_cut_off_ = false;         // the parser has seen what waits, a part of a line between chunks
  Refusal refusal_;
};

}  // namespace aurora::net
