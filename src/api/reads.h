// What all reads under /v1 can besides: to be repeated at no cost, and to be asked for some fields only.
#pragma once

#include <vector>

#include "aurora/net/http.h"

namespace aurora::api {

// ETag and If-None-Match, and ?fields=, for every GET under /v1 among the routes that answers at once.
void complete_reads(std::vector<net::Route>& routes);

}  // namespace aurora::api
