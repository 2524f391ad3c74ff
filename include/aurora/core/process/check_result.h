// What the answer to a health check means, in the original's exact words (spec/thermos-executor.md §14.1).
// Pure.
#pragma once

#include <optional>
#include <string>

#include "aurora/core/process/health_check.h"

namespace aurora::core {

// Why a check failed; absent: it passed.
using CheckFailure = std::optional<std::string>;

// `body` counts only with a status of success; so much of it has to be known.
size_t answer_bytes_needed(const HttpCheck& check);
CheckFailure judge_answer(const HttpCheck& check, int status, const std::string& body);
CheckFailure no_answer(int32_t port, const std::string& endpoint, const std::string& why);
// `exit_code`: negative, the signal that ended it. Command and output are shown up to some length.
CheckFailure judge_exit(const ShellCheck& check, int exit_code, const std::string& output);

inline constexpr size_t kCheckOutputBytesMax = 2000;  // that are shown

}  // namespace aurora::core
