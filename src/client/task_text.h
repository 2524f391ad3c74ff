// A task's configuration as lines that can be compared: its fields sorted, the executor's data as indented, key-sorted
// JSON with the line breaks of command lines kept.
#pragma once

#include <string>

#include "aurora/codec/json_value.h"

namespace aurora::client {

std::string to_comparable_text(const codec::JsonValue& task_config);

}  // namespace aurora::client
