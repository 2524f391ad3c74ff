#include "store/recorded_change.h"

#include "aurora/codec/change_json.h"
#include "aurora/codec/json_fields.h"
#include "store/recorded_progress.h"

namespace aurora::store {

// A task with the hash of its configuration.
struct RecordedTask {
  core::Task task;
  core::ConfigHash config;
};
void fields(Is<RecordedTask> auto& r, auto&& visit) {
  fields(r.task, [&](std::string_view name, auto& member) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(member)>, core::TaskConfigRef>) {
      visit(name, r.config);
    } else {
      visit(name, member);
    }
  });
}

namespace {

constexpr std::string_view kTask = "task";
constexpr std::string_view kProgress = "updateProgressed";

// What a snapshot holds of the memory beside updates' progress.
template <typename Change>
constexpr std::string_view kMemoryName;
template <>
constexpr std::string_view kMemoryName<core::HostSeen> = "hostSeen";
template <>
constexpr std::string_view kMemoryName<core::HostGone> = "hostGone";
template <>
constexpr std::string_view kMemoryName<core::HostReserved> = "hostReserved";
template <>
constexpr std::string_view kMemoryName<core::InstanceKept> = "instanceKept";
template <>
constexpr std::string_view kMemoryName<core::ListWanted> = "listWanted";
template <>
constexpr std::string_view kMemoryName<core::UnknownTasksFound> = "unknownTasksFound";
template <>
constexpr std::string_view kMemoryName<core::DrainProgressed> = "drainProgressed";
template <>
constexpr std::string_view kMemoryName<core::CoordinatorAsked> = "coordinatorAsked";
template <>
constexpr std::string_view kMemoryName<core::CoordinatorSaid> = "coordinatorSaid";
template <>
constexpr std::string_view kMemoryName<core::PendingReasonFound> = "pendingReasonFound";

std::string member(std::string_view name, const std::string& value) { return codec::JsonObject().add_raw(name, value).text(); }

template <size_t I = 0>
Result<core::Change> decode_memory(const codec::JsonMember& record, const std::string& text) {
  if constexpr (I == std::variant_size_v<core::Change>) {
    return codec::decode_change_json(text);
  } else {
    using Case = std::variant_alternative_t<I, core::Change>;
    if constexpr (!kMemoryName<Case>.empty()) {
      if (record.name == kMemoryName<Case>) return core::Change(TRY(codec::decode_json<Case>(record.value)));
    }
    return decode_memory<I + 1>(record, text);
  }
}

}  // namespace

std::string encode_recorded(const core::Change& change) {
  if (const auto* saved = std::get_if<core::TaskSaved>(&change))
    return member(kTask, codec::encode_json(RecordedTask{saved->task, saved->task.config.hash()}));
  if (is_durable(change)) return codec::encode_change_json(change);
  if (const auto* progressed = std::get_if<core::UpdateProgressed>(&change))
    return member(kProgress, codec::encode_json(to_recorded(*progressed)));
  return std::visit(
      []<typename C>(const C& chosen) -> std::string {
        if constexpr (kMemoryName<C>.empty()) {
          return "";
        } else {
          return member(kMemoryName<C>, codec::encode_json(chosen));
        }
      },
      change);
}

Result<core::Change> decode_recorded(const codec::JsonValue& record, const FindConfig& find_config) {
  if (record.members().size() != 1) return Error{ErrorCode::InvalidArgument, "a change is an object with one member, its kind"};
  const codec::JsonMember& chosen = record.members().front();
  if (chosen.name == kProgress) return core::Change(to_change(TRY(codec::decode_json<RecordedProgress>(chosen.value))));
  if (chosen.name != kTask) return decode_memory(chosen, record.to_json());
  RecordedTask recorded = TRY(codec::decode_json<RecordedTask>(chosen.value));
  const core::TaskConfigRef* config = find_config(recorded.config);
  if (config == nullptr)
    return Error{ErrorCode::InvalidArgument, "task " + recorded.task.id.value() + " has a configuration that the file does not have"};
  recorded.task.config = *config;
  return core::Change(core::TaskSaved{std::move(recorded.task)});
}

}  // namespace aurora::store
