// What the process ends with (Aurora 0.22; spec/client.md §2.2). Classic verbs know only 0, 1, 2 and 130.
#pragma once

#include "aurora/base/result.h"

namespace aurora::client {

enum class ExitCode {
  Ok = 0,
  Internal = 1,
  Usage = 2,
  InvalidConfiguration = 3,  // the job file, or the cluster it names
  CommandFailure = 4,        // the command ran and failed
  InvalidParameter = 6,      // well-formed, but there is no such instance, job or update
  NetworkError = 7,          // no answer to a call that may not be repeated
  Timeout = 9,
  ApiError = 10,             // the scheduler refused
  Unknown = 20,
  AuthError = 30,
  Interrupted = 130,
};

// True when the scheduler understood the request and said no; false when the call itself went wrong.
bool is_refusal(ErrorCode code);
// `refused` is what the verb ends with when the scheduler refuses.
ExitCode exit_code_of(ErrorCode code, ExitCode refused);
// The scheduler's word for it, as in "Response from scheduler: INVALID_REQUEST (...)".
std::string_view response_code_name(ErrorCode code);

}  // namespace aurora::client
