// Durable changes as JSON, one a line in an export: {"taskSaved": {"task": {...}}}, with configurations in full.
#pragma once

#include <string>
#include <string_view>

#include "aurora/base/result.h"
#include "aurora/core/cluster/change.h"

namespace aurora::codec {

std::string encode_change_json(const core::Change& change);  // REQUIRES: is_durable(change)
Result<core::Change> decode_change_json(std::string_view text);

}  // namespace aurora::codec
