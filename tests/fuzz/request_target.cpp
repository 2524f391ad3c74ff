// What decodes must encode to something that decodes to the same again.
#include "aurora/codec/json.h"
#include "aurora/core/commands/command.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

template <typename T>
void decode(std::string_view body) {
  const Result<T> decoded = codec::decode_json<T>(body);
  if (!decoded.ok()) return promise(!decoded.error().message.empty(), "a refused request has a reason");
  const std::string text = codec::encode_json(decoded.value());
  const Result<T> again = codec::decode_json<T>(text);
  promise(again.ok() && codec::encode_json(again.value()) == text, "a request encodes to the same request");
}

}  // namespace

void request(std::string_view input) {
  if (input.empty()) return;
  const std::string_view body = input.substr(1);
  switch (input[0] % 4) {
    case 0:
      return decode<core::JobConfiguration>(body);
    case 1:
      return decode<core::JobUpdateRequest>(body);
    case 2:
      return decode<core::ReportTasks>(body);
    default:
      return decode<core::Task>(body);
  }
}

}  // namespace aurora::fuzz
