#include "net/router.h"

#include <optional>
#include <string_view>

namespace aurora::net {
namespace {

using Params = std::map<std::string, std::string>;

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> segments;
  size_t begin = path.starts_with('/') ? 1 : 0;
  for (;;) {
    const size_t end = path.find('/', begin);
    segments.push_back(path.substr(begin, end - begin));
    if (end == std::string::npos) return segments;
    begin = end + 1;
  }
}

bool is_param(const std::string& segment) { return segment.starts_with('{') && segment.ends_with('}'); }
bool is_rest(const std::string& segment) { return is_param(segment) && segment.ends_with("...}"); }

std::string join_from(const std::vector<std::string>& segments, size_t first) {
  std::string joined;
  for (size_t i = first; i < segments.size(); ++i) {
    if (i > first) joined += '/';
    joined += segments[i];
  }
  return joined;
}

std::optional<Params> match(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  Params params;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string& segment = pattern[i];
    if (i >= path.size()) return std::nullopt;
    if (is_rest(segment)) {
      params[segment.substr(1, segment.size() - 5)] = join_from(path, i);
      return params;
    }
    if (is_param(segment)) {
      if (path[i].empty()) return std::nullopt;
      params[segment.substr(1, segment.size() - 2)] = path[i];
    } else if (segment != path[i]) {
      return std::nullopt;
    }
  }
  if (path.size() != pattern.size()) return std::nullopt;
  return params;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    std::vector<std::string> segments = split_path(route.pattern);
    entries_.push_back({std::move(route), std::move(segments)});
  }
}

Router::Match Router::find(const std::string& method, const std::string& path) const {
  const std::string wanted = method == "HEAD" ? "GET" : method;
  const std::vector<std::string> segments = split_path(path);
  Match found;
  for (const Entry& entry : entries_) {
    std::optional<Params> params = match(entry.segments, segments);
    if (!params) continue;
    if (entry.route.method == wanted) {
      found.route = &entry.route;
      found.path_params = std::move(*params);
      return found;
    }
    if (found.allowed.find(entry.route.method) == std::string::npos) {
      found.allowed += (found.allowed.empty() ? "" : ", ") + entry.route.method;
    }
  }
  return found;
}

}  // namespace aurora::net
