#include "net/local_redirect.h"

#include <charconv>
#include <string_view>

namespace aurora::net {
namespace {

constexpr int kHttpPort = 80;

std::optional<int> parse_local_port(std::string_view authority) {
  for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!authority.starts_with(host)) continue;
    const std::string_view rest = authority.substr(host.size());
    if (rest.empty() || rest == ":") return kHttpPort;
    int port = 0;
    const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
    if (rest[0] != ':' || error != std::errc() || end != rest.data() + rest.size() || port < 1 ||
        port > 65'535)
      return std::nullopt;
    return port;
  }
  return std::nullopt;
}

std::string folder_of(const std::string& target) {
  const std::string path = target.substr(0, target.find('?'));
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

std::optional<LocalPlace> find_local_redirect(const std::string& location, const LocalPlace& from) {
  std::string_view left = std::string_view(location).substr(0, location.find('#'));
  const bool is_absolute = left.starts_with("http://") || left.starts_with("//");
  if (is_absolute) {
    left.remove_prefix(left.find("//") + 2);
    const size_t path = left.find_first_of("/?");
    const std::optional<int> port = parse_local_port(left.substr(0, path));
    if (!port) return std::nullopt;
    const std::string_view target = path == std::string_view::npos ? "" : left.substr(path);
    return LocalPlace{*port, (target.starts_with('/') ? "" : "/") + std::string(target)};
  }
  if (left.find("://") < left.find_first_of("/?")) return std::nullopt;  // https, or anything else
  if (left.starts_with('/')) return LocalPlace{from.port, std::string(left)};
  if (left.starts_with('?'))
    return LocalPlace{from.port, from.target.substr(0, from.target.find('?')) + std::string(left)};
  return LocalPlace{from.port, folder_of(from.target) + std::string(left)};
}

}  // namespace aurora::net
