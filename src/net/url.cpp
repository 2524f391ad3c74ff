#include "net/url.h"

#include <algorithm>

namespace aurora::net {

Result<Url> parse_url(const std::string& url) {
  const Error bad{ErrorCode::InvalidArgument, "'" + url + "' is not a URL like http://host:port/path"};
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (!printable || !known) return bad;
  const size_t host = url.find("://") + 3;
  const size_t path = url.find_first_of("/?", host);
  Url parsed;
  parsed.origin = url.substr(0, path);
  parsed.target = path == std::string::npos ? "/" : url.substr(path);
  if (parsed.target.starts_with('?')) parsed.target = "/" + parsed.target;
  parsed.is_secure = url.starts_with("https://");
  parsed.port = parsed.is_secure ? "443" : "80";
  const std::string authority = parsed.authority();
  const size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (authority.empty() || colon == 0) return bad;
  parsed.host = authority.substr(0, colon);
  if (parsed.host.starts_with('[') && parsed.host.ends_with(']'))
    parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
  if (colon != std::string::npos) {
    parsed.port = authority.substr(colon + 1);
    const bool digits = !parsed.port.empty() && parsed.port.size() <= 5 &&
                        parsed.port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(parsed.port) > 65'535) return bad;
  }
  return parsed;
}

}  // namespace aurora::net
