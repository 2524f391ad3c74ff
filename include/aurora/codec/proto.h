// Durable changes to bytes and back (proto/aurora/v1/storage.proto), through the same fields() lists.
// Bytes of every release decode for ever: unknown fields are ignored, absent ones have their default.
#pragma once

#include <string>
#include <string_view>

#include "aurora/base/result.h"
#include "aurora/core/cluster/change.h"

namespace aurora::codec {

// With configurations in full: for logs and for the simulation. REQUIRES: is_durable(change)
std::string encode_change(const core::Change& change);
Result<core::Change> decode_change(std::string_view bytes);

// Records as the store keeps them: configurations by hash.
std::string encode_config(const core::TaskConfig& config);
Result<core::TaskConfig> decode_config(std::string_view bytes);
std::string encode_task(const core::Task& task);  // holds config.hash() only
struct StoredTask {
  core::Task task;  // config empty
  core::ConfigHash config;
};
Result<StoredTask> decode_task(std::string_view bytes);
std::string encode_task_move(const core::TaskMove& move);
Result<core::TaskMove> decode_task_move(std::string_view bytes);
std::string encode_host(const core::Host& host);
Result<core::Host> decode_host(std::string_view bytes);
std::string encode_tombstone(const core::Tombstone& tombstone);
Result<core::Tombstone> decode_tombstone(std::string_view bytes);
std::string encode_quota(const core::Quota& quota);
Result<core::Quota> decode_quota(std::string_view bytes);
std::string encode_cron_job(const core::CronJob& job);  // with its configuration in full
Result<core::CronJob> decode_cron_job(std::string_view bytes);
std::string encode_cron_progress(const core::CronProgressed& progress);
Result<core::CronProgressed> decode_cron_progress(std::string_view bytes);
std::string encode_answered_request(const core::AnsweredRequest& request);
Result<core::AnsweredRequest> decode_answered_request(std::string_view bytes);
std::string encode_update(const core::JobUpdate& update);  // with its configurations in full, without events
Result<core::JobUpdate> decode_update(std::string_view bytes);
std::string encode_update_event(const core::UpdateEvent& event);
Result<core::UpdateEvent> decode_update_event(std::string_view bytes);
std::string encode_instance_event(const core::InstanceUpdateEvent& event);
Result<core::InstanceUpdateEvent> decode_instance_event(std::string_view bytes);

}  // namespace aurora::codec
