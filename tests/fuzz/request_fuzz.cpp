// Every request body that the scheduler decodes, for libFuzzer: the first byte chooses the kind of request.
// What decodes must encode to something that decodes to the same again.
#include <cstdint>
#include <cstdlib>

#include "aurora/codec/json.h"
#include "aurora/core/commands/command.h"

namespace {

using namespace aurora;

template <typename T>
void decode(std::string_view body) {
  const Result<T> decoded = codec::decode_json<T>(body);
  if (!decoded.ok()) return;
  const std::string text = codec::encode_json(decoded.value());
  const Result<T> again = codec::decode_json<T>(text);
  if (!again.ok() || codec::encode_json(again.value()) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      decode<core::JobConfiguration>(body);
      break;
    case 1:
      decode<core::JobUpdateRequest>(body);
      break;
    case 2:
      decode<core::ReportTasks>(body);
      break;
    default:
      decode<core::Task>(body);
  }
  return 0;
}
