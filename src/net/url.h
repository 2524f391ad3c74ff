// The addresses that this program is told to call. Pure.
#pragma once

#include <string>

#include "aurora/base/result.h"

namespace aurora::net {

struct Url {
  std::string origin;  // http://host:port, as given
  std::string target;  // /path?query
  bool is_secure = false;
  std::string host;  // without brackets
  std::string port;  // a number; 80 or 443 if none was given

  std::string authority() const { return origin.substr(origin.find("://") + 3); }  // host:port, as given
};
Result<Url> parse_url(const std::string& url);

}  // namespace aurora::net
