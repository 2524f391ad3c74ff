#include "aurora/codec/proto.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstddef>

#include "aurora/v1/storage.pb.h"
#include "codec/change_names.h"
#include "codec/proto_fields.h"

namespace aurora::codec {

void fields(Is<StoredTask> auto& s, auto&& visit) {
  visit("task", s.task);
  visit("config", s.config);
}

namespace {

using proto::Configs;

// Equal messages give equal bytes: maps are written in order of their keys.
std::string to_bytes(const google::protobuf::Message& message) {
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeWithCachedSizes(&coded);
  }
  return out;
}

Error unreadable(const google::protobuf::Message& message) {
  return {ErrorCode::DataLoss, "stored bytes are not a valid " + message.GetDescriptor()->name() + " record"};
}

// A message and all that it holds, in one piece of memory: most records fit into the first block.
template <typename Proto>
class Scratch {
 public:
  Proto& message() { return *message_; }

 private:
  static google::protobuf::ArenaOptions options(char* block, size_t size) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = size;
    return options;
  }
  alignas(std::max_align_t) char block_[8192];
  google::protobuf::Arena arena_{options(block_, sizeof block_)};
  Proto* message_ = google::protobuf::Arena::CreateMessage<Proto>(&arena_);
};

template <typename Proto, typename T>
std::string encode(const T& value, Configs configs = Configs::InFull) {
  Scratch<Proto> scratch;
  Proto& message = scratch.message();
  proto::Write(message, configs).members(value);
  message.ByteSizeLong();  // caches the sizes
  return to_bytes(message);
}

template <typename Proto, typename T>
Result<T> decode(std::string_view bytes) {
  Scratch<Proto> scratch;
  Proto& message = scratch.message();
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return unreadable(message);
  T value{};
  proto::Read(message).members(value);
  return value;
}

// Of the records that a start reads by the million: the message is used again, with its memory.
template <typename Proto, typename T>
Result<T> decode_often(std::string_view bytes) {
  thread_local Proto message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return unreadable(message);
  T value{};
  proto::Read(message).members(value);
  return value;
}

template <size_t I = 0>
std::optional<core::Change> read_case(const v1::Change& message) {
  if constexpr (I == std::variant_size_v<core::Change>) {
    return std::nullopt;
  } else {
    using Case = std::variant_alternative_t<I, core::Change>;
    if constexpr (!kCaseName<Case>.empty()) {
      static const auto* field = proto::get_field(*message.GetDescriptor(), kCaseName<Case>);
      if (message.GetReflection()->HasField(message, field)) {
        Case found{};
        proto::Read(message).take(field, found);
        return core::Change(std::move(found));
      }
    }
    return read_case<I + 1>(message);
  }
}

}  // namespace

std::string encode_change(const core::Change& change) {
  v1::Change message;
  std::visit(
      [&]<typename C>(const C& chosen) {
        AURORA_CHECK(!kCaseName<C>.empty());
        if constexpr (!kCaseName<C>.empty()) {
          static const auto* field = proto::get_field(*message.GetDescriptor(), kCaseName<C>);
          proto::Write(message, Configs::InFull).put(field, chosen);
        }
      },
      change);
  message.ByteSizeLong();
  return to_bytes(message);
}

Result<core::Change> decode_change(std::string_view bytes) {
  v1::Change message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return unreadable(message);
  auto change = read_case(message);
  if (!change) return unreadable(message);
  return std::move(*change);
}

std::string encode_config(const core::TaskConfig& config) { return encode<v1::TaskConfig>(config); }
Result<core::TaskConfig> decode_config(std::string_view bytes) {
  return decode<v1::TaskConfig, core::TaskConfig>(bytes);
}

std::string encode_task(const core::Task& task) {
  return encode<v1::StoredTask>(StoredTask{task, task.config.hash()}, Configs::LeftOut);
}
Result<StoredTask> decode_task(std::string_view bytes) {
  return decode_often<v1::StoredTask, StoredTask>(bytes);
}

std::string encode_task_move(const core::TaskMove& move) { return encode<v1::TaskMove>(move); }
Result<core::TaskMove> decode_task_move(std::string_view bytes) {
  return decode_often<v1::TaskMove, core::TaskMove>(bytes);
}

std::string encode_host(const core::Host& host) { return encode<v1::Host>(host); }
Result<core::Host> decode_host(std::string_view bytes) { return decode<v1::Host, core::Host>(bytes); }

std::string encode_tombstone(const core::Tombstone& tombstone) { return encode<v1::Tombstone>(tombstone); }
Result<core::Tombstone> decode_tombstone(std::string_view bytes) {
  return decode<v1::Tombstone, core::Tombstone>(bytes);
}

std::string encode_quota(const core::Quota& quota) { return encode<v1::Quota>(quota); }
Result<core::Quota> decode_quota(std::string_view bytes) { return decode<v1::Quota, core::Quota>(bytes); }

std::string encode_cron_job(const core::CronJob& job) { return encode<v1::CronJob>(job); }
Result<core::CronJob> decode_cron_job(std::string_view bytes) { return decode<v1::CronJob, core::CronJob>(bytes); }

std::string encode_cron_progress(const core::CronProgressed& progress) {
  return encode<v1::CronProgressed>(progress);
}
Result<core::CronProgressed> decode_cron_progress(std::string_view bytes) {
  return decode<v1::CronProgressed, core::CronProgressed>(bytes);
}

std::string encode_answered_request(const core::AnsweredRequest& request) {
  return encode<v1::AnsweredRequest>(request);
}
Result<core::AnsweredRequest> decode_answered_request(std::string_view bytes) {
  return decode<v1::AnsweredRequest, core::AnsweredRequest>(bytes);
}

std::string encode_update(const core::JobUpdate& update) {
  return encode<v1::JobUpdate>(
      core::JobUpdate{update.key, update.user, update.metadata, update.instructions, {}, {}});
}
Result<core::JobUpdate> decode_update(std::string_view bytes) {
  return decode<v1::JobUpdate, core::JobUpdate>(bytes);
}

std::string encode_update_event(const core::UpdateEvent& event) { return encode<v1::UpdateEvent>(event); }
Result<core::UpdateEvent> decode_update_event(std::string_view bytes) {
  return decode<v1::UpdateEvent, core::UpdateEvent>(bytes);
}

std::string encode_instance_event(const core::InstanceUpdateEvent& event) {
  return encode<v1::InstanceUpdateEvent>(event);
}
Result<core::InstanceUpdateEvent> decode_instance_event(std::string_view bytes) {
  return decode<v1::InstanceUpdateEvent, core::InstanceUpdateEvent>(bytes);
}

}  // namespace aurora::codec
