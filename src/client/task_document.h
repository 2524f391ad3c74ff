// A task as scripts of the original read it from `job status --write-json`: the ScheduledTask of spec/api.md
// §6.4 in plain JSON, without the executor's data.
#pragma once

#include <string>

#include "aurora/codec/json_value.h"

namespace aurora::client {

std::string task_document(const codec::JsonValue& task, const codec::JsonValue* config);  // of a reply of /v1/tasks

}  // namespace aurora::client
