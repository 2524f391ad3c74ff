// The secret that scheduler and executors share, so that nobody else starts tasks or reports for a host. Sent
// as `Authorization: Bearer <secret>`; never logged. Empty = none is asked for.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/net/http.h"

namespace aurora::api {

// PermissionDenied unless the request carries the secret. Takes the same time wherever the two differ.
Status check_secret(const net::Request& request, const std::string& secret);
void add_secret(net::ClientRequest& request, const std::string& secret);

}  // namespace aurora::api
