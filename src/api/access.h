// Which addresses of a daemon ask for the cluster's secret, and whose threads serve them. Pure.
#pragma once

#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::api {

enum class Guarded {
  Changes,     // all that is not GET, and upgrades
  Everything,  // pages and files, too; not what monitoring reads, nor the pages' own scripts
};
// Without a secret nothing is asked for. `hint`: what whoever has none can do.
void guard(std::vector<net::Route>& routes, const std::string& secret, Guarded guarded,
           const std::string& hint);

// Gives the routes of these patterns a lane of their own: what the cluster lives on, and whether it lives.
void give_lanes(std::vector<net::Route>& routes);

// Of a request that holds a task's configuration; what it may be once decoded is less (core/job).
constexpr size_t kConfigBytesMax = 4u << 20;
net::Route with_body(net::Route route, size_t bytes_max);
net::Route upgrade(net::Route route);  // it opens a WebSocket, and takes no body
// Of one whose handler only reads its body and submits a command.
net::Route brief(net::Route route);

}  // namespace aurora::api
