// `aurora events`: what happens in a cluster, as it happens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

struct EventsOptions {
  std::string pattern;            // CLUSTER[/ROLE[/ENV[/NAME]]]; each part but the cluster may be a pattern
  bool follows = false;           // until ^C
  std::string types = {};         // with commas; empty: all
  std::string host = {};
  std::string after = {};         // a token; empty: the last `limit` events
  std::optional<int64_t> limit = {}; // default: 100, with `follows` 10
  bool is_json = false;           // a JSON object a line
};
int events(Session& session, const EventsOptions& options);

}  // namespace aurora::client
