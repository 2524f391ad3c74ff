// Requests that were answered, kept for a while under the key that their client gave them: one that is sent again, because
// nobody knows what became of it, gets the answer of the first and changes nothing. Ours; Aurora 0.22 repeated nothing.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/base/fields.h"
#include "aurora/base/time.h"

namespace aurora::core {

// What a client says of a request that it may send again.
struct RequestMark {
  std::string key;          // random: no other request has it
  std::string fingerprint;  // of who asks for what: equal for a repetition and for nothing else
};

struct AnsweredRequest {
  std::string key;
  std::string fingerprint;
  Instant at;
  std::string message;  // the answer's
  int32_t count = 0;
  friend bool operator==(const AnsweredRequest&, const AnsweredRequest&) = default;
};
void fields(Is<AnsweredRequest> auto& r, auto&& visit) {
  visit("key", r.key);
  visit("fingerprint", r.fingerprint);
  visit("at", r.at);
  visit("message", r.message);
  visit("count", r.count);
}

constexpr Duration kAnswersKeptFor = minutes(10);
constexpr size_t kAnswersKeptMax = 100'000;  // of more within ten minutes the oldest go; some 30 MB
constexpr size_t kRequestKeyBytesMax = 128;

}  // namespace aurora::core
