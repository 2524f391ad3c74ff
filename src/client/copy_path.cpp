#include "client/copy_path.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "aurora/base/split.h"

namespace aurora::client {
namespace {

Error invalid(const std::string& text) { return {ErrorCode::InvalidArgument, text}; }

Result<TaskPlace> parse_place(const std::string& text) {
  const size_t slash = text.rfind('/');
  const Error malformed = invalid("Task instance specifier " + text + " is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE");
  if (std::ranges::count(text, '/') != 4) return malformed;
  const auto path = parse_job_path(text.substr(0, slash));
  if (!path.ok()) return invalid(malformed.message + ": " + path.error().message);
  const std::string number = text.substr(slash + 1);
  TaskPlace place{*path};
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), place.instance);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || place.instance < 0)
    return invalid("Instance must be an integer, but got " + number);
  return place;
}

}  // namespace

std::string to_string(const TaskPlace& place) { return to_string(place.path) + "/" + std::to_string(place.instance); }

Result<CopyPath> parse_copy_path(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return CopyPath{std::nullopt, text};
  return CopyPath{TRY(parse_place(text.substr(0, colon))), text.substr(colon + 1)};
}

std::string to_string(const CopyPath& path) { return path.task ? to_string(*path.task) + ":" + path.path : path.path; }

std::string normal_path(const std::string& path) {
  const bool is_absolute = path.starts_with('/');
  std::vector<std::string> parts;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    const bool has_parent = !parts.empty() && parts.back() != "..";
    if (part == ".." && has_parent) parts.pop_back();
    if (part != ".." || (!has_parent && !is_absolute)) parts.push_back(part);
  }
  std::string normal;
  for (const std::string& part : parts) normal += (normal.empty() ? "" : "/") + part;
  return is_absolute ? "/" + normal : normal.empty() ? "." : normal;
}

Result<std::string> path_in_task(const std::string& path) {
  if (path == "~" || path.starts_with("~/")) return invalid("Command does not support tilde expansion for path: " + path);
  return path.starts_with('/') ? path : normal_path(path);
}

Result<std::string> base_name(const std::string& path) {
  const std::string normal = normal_path(path);
  const std::string name = normal.substr(normal.rfind('/') + 1);
  if (!name.empty() && name != "." && name != "..") return name;
  return invalid("'" + path + "' names no file");
}

}  // namespace aurora::client
