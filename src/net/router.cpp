#include "net/router.h"

#include <algorithm>

namespace aurora::net {
namespace {

using Params = std::map<std::string, std::string>;

std::string_view without_slash(std::string_view path) { return path.starts_with('/') ? path.substr(1) : path; }
std::string_view first_of(std::string_view path) { return path.substr(0, path.find('/')); }
bool is_last(std::string_view path) { return path.find('/') == std::string_view::npos; }
std::string_view behind_first(std::string_view path) { return path.substr(path.find('/') + 1); }

bool is_param(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }
// Of {name}:verb, the ":verb"; empty: it is none.
std::string_view verb_of(std::string_view segment) {
  const size_t end = segment.find("}:");
  return segment.starts_with('{') && end != std::string_view::npos ? segment.substr(end + 1) : std::string_view();
}
bool is_rest(std::string_view segment) { return is_param(segment) && segment.ends_with("...}"); }

// REQUIRES: they match.
Params params_of(std::string_view pattern, std::string_view path) {
  Params params;
  for (pattern = without_slash(pattern);; pattern = behind_first(pattern), path = behind_first(path)) {
    const std::string_view segment = first_of(pattern);
    if (is_rest(segment)) {
      params.emplace(segment.substr(1, segment.size() - 5), path);
    } else if (is_param(segment)) {
      params.emplace(segment.substr(1, segment.size() - 2), first_of(path));
    } else if (const std::string_view verb = verb_of(segment); !verb.empty()) {
      const std::string_view value = first_of(path).substr(0, first_of(path).size() - verb.size());
      params.emplace(segment.substr(1, segment.size() - verb.size() - 2), value);
    }
    if (is_last(pattern)) return params;
  }
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), nodes_(1) {
  for (size_t route = 0; route < routes_.size(); ++route) {
    size_t node = 0;
    for (std::string_view left = without_slash(routes_[route].pattern);; left = behind_first(left)) {
      if (is_rest(first_of(left))) {
        nodes_[node].rests.push_back(route);
        break;
      }
      node = node_behind(node, first_of(left));
      if (!is_last(left)) continue;
      nodes_[node].ends.push_back(route);
      break;
    }
  }
}

size_t Router::node_behind(size_t node, std::string_view segment) {
  const size_t next = nodes_.size();
  if (is_param(segment)) {
    if (nodes_[node].param != 0) return nodes_[node].param;
    nodes_[node].param = next;
  } else {
    const std::string_view verb = verb_of(segment);
    auto& known = verb.empty() ? nodes_[node].words : nodes_[node].verbs;
    const std::string_view word = verb.empty() ? segment : verb;
    const auto found = std::ranges::find(known, word, &std::pair<std::string, size_t>::first);
    if (found != known.end()) return found->second;
    known.emplace_back(word, next);
  }
  nodes_.emplace_back();
  return next;
}

// `path`: what is left of it, without the slash before it.
void Router::list_matches(size_t at, std::string_view path, std::vector<size_t>& matches) const {
  const Node& node = nodes_[at];
  matches.insert(matches.end(), node.rests.begin(), node.rests.end());
  const std::string_view segment = first_of(path);
  const auto go_to = [&](size_t next) {
    if (!is_last(path)) return list_matches(next, behind_first(path), matches);
    matches.insert(matches.end(), nodes_[next].ends.begin(), nodes_[next].ends.end());
  };
  const auto verb = std::ranges::find_if(node.verbs, [&](const auto& known) {
    return segment.size() > known.first.size() && segment.ends_with(known.first);
  });
  if (verb != node.verbs.end()) return go_to(verb->second);
  if (node.param != 0 && !segment.empty()) go_to(node.param);
  const auto word = std::ranges::find(node.words, segment, &std::pair<std::string, size_t>::first);
  if (word != node.words.end()) go_to(word->second);
}

Router::Match Router::find(const std::string& method, const std::string& path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : std::string_view(method);
  std::vector<size_t> matches;
  list_matches(0, without_slash(path), matches);
  std::ranges::sort(matches);  // in the order of the routes
  Match found;
  for (const size_t match : matches) {
    const Route& route = routes_[match];
    if (route.method == wanted) {
      found.route = &route;
      found.path_params = params_of(route.pattern, without_slash(path));
      return found;
    }
    if (found.allowed.find(route.method) == std::string::npos) {
      found.allowed += (found.allowed.empty() ? "" : ", ") + route.method;
    }
  }
  return found;
}

}  // namespace aurora::net
