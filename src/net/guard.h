// Who may speak to this server from a browser. Nobody logs in on loopback, so a page of another site must not
// be able to use the API in its visitor's name. Pure.
//
// - A body must be application/json: a page of another origin can send that only after asking (CORS
//   preflight), and we never consent.
// - A request that changes something and names another origin is refused. One that asks for an Upgrade counts as such,
//   whatever its method: browsers open WebSockets to any origin and let the page read what comes.
// - A server answers only to its own names, whatever address it is bound to, so that a hostile name pointed at us (DNS
//   rebinding) is not mistaken for ours. IP addresses are always ours: a name cannot be rebound to one.
#pragma once

#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::net {

// The answer to a request that is refused, or nothing. Looks at method and headers only, before the body is
// read.
std::optional<Response> refuse(const ServerConfig& config, const Request& head, bool has_body);

// {"code", "message", "details": []}
Response error_response(int status, const std::string& code, const std::string& message);

}  // namespace aurora::net
