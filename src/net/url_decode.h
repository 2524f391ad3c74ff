// The target of a request as values. Pure.
#pragma once

#include <string>
#include <string_view>

#include "aurora/net/http.h"

namespace aurora::net {

// Fills path and query of `into`: both decoded, a fragment left out. A % without two digits stays as it is.
void read_target(std::string_view target, Request& into);

}  // namespace aurora::net
