#include "aurora/codec/proto.h"

#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <functional>

#include "aurora/v1/storage.pb.h"
#include "codec/message_filler.h"

namespace aurora::codec {
namespace {

using google::protobuf::Descriptor;

// What differs, field by field; empty when nothing does.
std::string differences(const Message& a, const Message& b) {
  std::string text;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&text);
  differencer.Compare(a, b);
  return text;
}

// Proto -> core -> proto keeps every field, for each case of every oneof. A forgotten one is named by the
// difference.
template <typename Proto, typename Convert>
void check_round_trip(const Convert& convert, const std::function<Message*(Proto&)>& part) {
  for (int choice = 0; choice < MessageFiller::kChoices; ++choice) {
    Proto full;
    MessageFiller(choice).fill(*part(full));
    const Result<std::string> bytes = convert(full.SerializeAsString());
    REQUIRE(bytes.ok());
    Proto back;
    REQUIRE(back.ParseFromString(*bytes));
    CHECK(differences(full, back) == "");
  }
}

template <auto Decode, auto Encode>
Result<std::string> through(const std::string& bytes) {
  const auto value = TRY(Decode(bytes));
  return Encode(value);
}

template <typename Proto>
Message* whole(Proto& message) {
  return &message;
}

TEST_CASE("every stored field survives the way to core and back") {
  check_round_trip<v1::TaskConfig>(through<decode_config, encode_config>, whole<v1::TaskConfig>);
  check_round_trip<v1::TaskMove>(through<decode_task_move, encode_task_move>, whole<v1::TaskMove>);
  check_round_trip<v1::Host>(through<decode_host, encode_host>, whole<v1::Host>);
  check_round_trip<v1::Tombstone>(through<decode_tombstone, encode_tombstone>, whole<v1::Tombstone>);
  check_round_trip<v1::Quota>(through<decode_quota, encode_quota>, whole<v1::Quota>);
  check_round_trip<v1::CronJob>(through<decode_cron_job, encode_cron_job>, whole<v1::CronJob>);
  check_round_trip<v1::CronProgressed>(through<decode_cron_progress, encode_cron_progress>,
                                       whole<v1::CronProgressed>);
  check_round_trip<v1::UpdateEvent>(through<decode_update_event, encode_update_event>,
                                    whole<v1::UpdateEvent>);
  check_round_trip<v1::InstanceUpdateEvent>(through<decode_instance_event, encode_instance_event>,
                                            whole<v1::InstanceUpdateEvent>);
}

TEST_CASE("every field of every change survives the way to core and back") {
  const Descriptor& change = *v1::Change::descriptor();
  for (int i = 0; i < change.field_count(); ++i) {
    INFO(change.field(i)->name());
    check_round_trip<v1::Change>(through<decode_change, encode_change>, [&](v1::Change& full) {
      return full.GetReflection()->MutableMessage(&full, change.field(i));
    });
  }
}

TEST_CASE("a stored task refers to its configuration by hash") {
  core::Task task;
  task.id = core::TaskId("t1");
  core::TaskConfig config;
  config.job = {"www", "prod", "web"};
  task.config = core::TaskConfigRef(config);
  task.assigned_ports = {{"http", 31000}};
  task.ancestor_id = core::TaskId("t0");
  task.events = {{Instant{5}, core::TaskStatus::Pending, "why", std::nullopt}};
  const auto stored = decode_task(encode_task(task));
  REQUIRE(stored.ok());
  CHECK(stored->config == task.config.hash());
  CHECK(stored->task.config.empty());
  core::Task whole = stored->task;
  whole.config = task.config;
  CHECK(whole == task);
}

TEST_CASE("a stored move is about as large as its event") {
  const core::TaskEvent event{Instant{1'700'000'000'000}, core::TaskStatus::Running, {}, "scheduler-1"};
  const std::string bytes = encode_task_move({event, {}, {}, {}, {}});
  CHECK(bytes.size() <= sizeof(int64_t) + event.scheduler->size() + 8);
}

TEST_CASE("a stored update has no events: they are records of their own") {
  core::JobUpdate update;
  update.user = "u";
  update.events = {{core::UpdateStatus::RollingBack, Instant{1}, {}, {}}};
  update.instructions.settings.rollback_on_failure = false;
  const auto read = decode_update(encode_update(update));
  REQUIRE(read.ok());
  CHECK(read->events.empty());
  CHECK_FALSE(read->instructions.settings.rollback_on_failure);
}

TEST_CASE("absent fields have core's defaults, unknown ones are ignored") {
  CHECK(decode_update("")->instructions.settings.rollback_on_failure);
  CHECK(decode_host("\xFA\x3F\x01x")->mode == core::MaintenanceMode::None);  // field 1023 with one byte
}

TEST_CASE("damaged bytes are refused") {
  const auto damaged = decode_host(
      "\x0A\x7F"
      "abc");
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().code == ErrorCode::DataLoss);
  CHECK(damaged.error().message == "stored bytes are not a valid Host record");
  CHECK_FALSE(decode_change("").ok());
}

// The proto's numbers and names are those of core's list.
template <typename E>
void check_enum(const EnumDescriptor& type) {
  INFO(type.name());
  CHECK(static_cast<size_t>(type.value_count()) == EnumNames<E>::values.size());
  for (const auto& entry : EnumNames<E>::values) {
    const auto* value = type.FindValueByNumber(static_cast<int>(entry.value));
    INFO(entry.name);
    REQUIRE(value != nullptr);
    CHECK(value->name().ends_with("_" + std::string(entry.name)));
  }
}

TEST_CASE("enumerators have the same numbers and names in proto") {
  check_enum<core::TaskStatus>(*v1::TaskStatus_descriptor());
  check_enum<core::VolumeMode>(*v1::VolumeMode_descriptor());
  check_enum<core::MaintenanceMode>(*v1::MaintenanceMode_descriptor());
  check_enum<core::UpdateStatus>(*v1::UpdateStatus_descriptor());
  check_enum<core::InstanceAction>(*v1::InstanceAction_descriptor());
}

}  // namespace
}  // namespace aurora::codec
