// Finds the route of a request. Immutable after construction, so any thread may use it.
#pragma once

#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::net {

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // absent: nothing matches method and path
    std::map<std::string, std::string> path_params;
    std::string allowed;  // methods that this path has, "GET, POST"; empty = unknown path
  };
  // HEAD finds the GET route. Routes are tried in order. `path` is decoded.
  Match find(const std::string& method, const std::string& path) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace aurora::net
