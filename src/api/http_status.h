// The one table between ErrorCode and HTTP status, and errors as answers.
#pragma once

#include "aurora/base/result.h"
#include "aurora/net/http.h"

namespace aurora::api {

int http_status(ErrorCode code);

// {"code", "message", "details"}
net::Response to_response(const Error& error);

}  // namespace aurora::api
