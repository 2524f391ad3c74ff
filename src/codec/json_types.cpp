// The core types that travel as JSON.
#include "aurora/codec/json_fields.h"
#include "aurora/core/commands/command.h"

// Both ways, as text and as a value, alone and in a list.
#define AURORA_JSON(...)                                                     \
  template std::string encode_json(const __VA_ARGS__&);                      \
  template std::string encode_json(const std::vector<__VA_ARGS__>&);         \
  template Result<__VA_ARGS__> decode_json(std::string_view);                \
  template Result<__VA_ARGS__> decode_json(const JsonValue&, UnknownFields); \
  template Result<std::vector<__VA_ARGS__>> decode_json(std::string_view);   \
  template Result<std::vector<__VA_ARGS__>> decode_json(const JsonValue&, UnknownFields)

namespace aurora::codec {

AURORA_JSON(core::JobKey);
AURORA_JSON(core::UpdateKey);
AURORA_JSON(core::InstanceRange);
AURORA_JSON(core::Resources);
AURORA_JSON(core::ResourceTotals);
AURORA_JSON(core::TaskConfig);
AURORA_JSON(core::JobConfiguration);
AURORA_JSON(core::TaskEvent);
AURORA_JSON(core::Task);
AURORA_JSON(core::Host);
AURORA_JSON(core::Tombstone);
AURORA_JSON(core::AnsweredRequest);
AURORA_JSON(core::DrainRequest);
AURORA_JSON(core::Quota);
AURORA_JSON(core::CronJob);
AURORA_JSON(core::CronProgress);
AURORA_JSON(core::CronProgressed);
AURORA_JSON(core::UnknownTask);
AURORA_JSON(core::UpdateSettings);
AURORA_JSON(core::UpdateEvent);
AURORA_JSON(core::InstanceUpdateEvent);
AURORA_JSON(core::InstanceTaskConfig);
AURORA_JSON(core::UpdateInstructions);
AURORA_JSON(core::JobUpdate);
AURORA_JSON(core::Metadata);
AURORA_JSON(core::Message);
AURORA_JSON(core::TaskReport);
AURORA_JSON(core::ReportTasks);
AURORA_JSON(core::ReportTasks::Answer);
AURORA_JSON(core::JobUpdateRequest);
AURORA_JSON(core::StartUpdate::Answer);
AURORA_JSON(core::PulseUpdate::Answer);
template std::string encode_json(const core::TaskStatus&);
template std::string encode_json(const std::vector<std::string>&);
template Result<std::vector<std::string>> decode_json(const JsonValue&, UnknownFields);

}  // namespace aurora::codec
