// What `executorConfig.data` says about health checks and about how a task wants to be asked to end
// (spec/config-language.md, spec/thermos-executor.md §14).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "aurora/base/result.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/process/health_check.h"

namespace aurora::codec {

// `references`: what {{...}} may name in commands, endpoints and answers; others stay as they are. `ports`
// are the task's, with aliases.
Result<std::optional<core::HealthPlan>> parse_health(const JsonValue& job,
                                                     const std::map<std::string, int32_t>& ports,
                                                     const std::map<std::string, std::string>& references);
Result<std::optional<core::ShutdownPlan>> parse_shutdown(
    const JsonValue& job, const std::map<std::string, int32_t>& ports,
    const std::map<std::string, std::string>& references);

}  // namespace aurora::codec
