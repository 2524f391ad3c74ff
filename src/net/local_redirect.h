// Where a redirection leads, if that is a port of this machine: a task must not send its host's executor
// anywhere else. Pure.
#pragma once

#include <optional>
#include <string>

namespace aurora::net {

struct LocalPlace {
  int port = 0;
  std::string target;  // /path?query
  friend bool operator==(const LocalPlace&, const LocalPlace&) = default;
};

// `location` as the answer to a request for `from` says it.
std::optional<LocalPlace> find_local_redirect(const std::string& location, const LocalPlace& from);

}  // namespace aurora::net
