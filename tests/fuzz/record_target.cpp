// A record that decodes must encode to bytes that decode to the same again.
#include <google/protobuf/stubs/logging.h>

#include "aurora/codec/proto.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

template <typename Decode, typename Encode>
void check(std::string_view bytes, Decode decode, Encode encode) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) return promise(!decoded.error().message.empty(), "a refused record has a reason");
  const std::string encoded = encode(decoded.value());
  const auto again = decode(encoded);
  promise(again.ok() && encode(again.value()) == encoded, "a record encodes to the same record");
}

}  // namespace

void record(std::string_view input) {
  if (input.empty()) return;
  const google::protobuf::LogSilencer quiet;  // about text that is not UTF-8
  const std::string_view bytes = input.substr(1);
  switch (input[0] % 7) {
    case 0:
      return check(bytes, codec::decode_change, codec::encode_change);
    case 1:
      return check(bytes, codec::decode_config, codec::encode_config);
    case 2:
      return check(bytes, codec::decode_host, codec::encode_host);
    case 3:
      return check(bytes, codec::decode_update, codec::encode_update);
    case 4:
      return check(bytes, codec::decode_update_event, codec::encode_update_event);
    case 5:
      return check(bytes, codec::decode_instance_event, codec::encode_instance_event);
    default: {
      auto stored = codec::decode_task(bytes);
      if (!stored.ok()) return;
      stored->task.config = core::TaskConfigRef(core::TaskConfig());  // which the store adds, by its hash
      promise(codec::decode_task(codec::encode_task(stored->task)).ok(), "a task encodes to a task");
    }
  }
}

}  // namespace aurora::fuzz
