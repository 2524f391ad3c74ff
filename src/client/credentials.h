// Who the user says that he is, for schedulers or proxies that ask for HTTP Basic (spec/client.md §4.4): AURORA_USER and
// AURORA_PASSWORD, else the entry of ~/.netrc, ~/_netrc or $NETRC for the scheduler's host. Never logged.
#pragma once

#include <optional>
#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

struct Credentials {
  std::string user;
  std::string password;
};

// The entry for `host` of a netrc file, or its default; nothing if there is none, or if the text is no such file.
std::optional<Credentials> find_netrc_entry(const std::string& text, const std::string& host);

// Of the scheduler at http://host:port. Says with a warning when others can read the file.
std::optional<Credentials> find_credentials(Session& session, const std::string& url);

}  // namespace aurora::client
