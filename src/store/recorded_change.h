// Changes as lines of a recording: durable ones as in an export, but a task's configuration by its hash; those that are
// in memory only in a snapshot.
#pragma once

#include <functional>
#include <string>

#include "aurora/codec/json_value.h"
#include "aurora/core/cluster/change.h"

namespace aurora::store {

using FindConfig = std::function<const core::TaskConfigRef*(const core::ConfigHash&)>;

// {"taskSaved": {...}}; empty for a change that no snapshot needs.
std::string encode_recorded(const core::Change& change);
Result<core::Change> decode_recorded(const codec::JsonValue& record, const FindConfig& find_config);

}  // namespace aurora::store
