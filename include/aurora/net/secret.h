// The secret of a cluster: who has it may change things, and act as a scheduler or executor. Sent as
// `Authorization: Bearer <secret>`, or by browsers as the password of Basic (any user name); never logged. Empty = none
// is asked for.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/net/http.h"

namespace aurora::net {

// The one line of a secret file: at least 16 characters of A-Z a-z 0-9 - . _ ~ + / =.
Result<std::string> parse_secret(std::string text, const std::string& path);

void add_secret(ClientRequest& request, const std::string& secret);
void add_basic(ClientRequest& request, const std::string& user, const std::string& password);
// Takes the same time wherever the two differ.
bool carries_secret(const Request& request, const std::string& secret);
// The user name of Basic, which proves nothing; empty: there is none.
std::string user_of_basic(const Request& request);
// Refuses with 401 what does not carry it. `hint`: what whoever has none can do.
Gate ask_for_secret(const std::string& secret, const std::string& hint);

}  // namespace aurora::net
