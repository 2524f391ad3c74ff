// Status line and fields of an answer. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/net/http.h"

namespace aurora::net {

struct AnswerForm {
  bool is_stream = false;   // the body is the stream's: content_length when that is known
  bool is_chunked = false;
  bool closes = false;
  bool is_http_1_0 = false;
  int64_t kept_ms =
      0;  // how long the connection waits for another request, if it does not close; 0: not told
};

// With the empty line. What handlers put into fields cannot end them: control characters become '_'.
std::string answer_head(const Response& response, const AnswerForm& form);

}  // namespace aurora::net
