// Finds the route of a request. Immutable after construction, so any thread may use it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
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
  // Patterns by their segments, as a tree: a path is compared with those that begin as it does.
  struct Node {
    std::vector<std::pair<std::string, size_t>> words;  // segments, and the nodes behind them
    std::vector<std::pair<std::string, size_t>> verbs;  // likewise, of {name}:verb; such a segment is nothing else
    size_t param = 0;                                   // the node behind {name}; 0: there is none
    std::vector<size_t> ends;                           // routes that end here
    std::vector<size_t> rests;                          // routes that take {rest...} from here
  };
  size_t node_behind(size_t node, std::string_view segment);
  void list_matches(size_t node, std::string_view path, std::vector<size_t>& matches) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_;  // the first is the root
};

}  // namespace aurora::net
