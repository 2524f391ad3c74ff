// The web pages: one page for every address that the application knows, and the files it loads. Shared by
// scheduler and executor, which differ in the addresses and in the mode written into the page.
#pragma once

#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::api {

// `mode` is scheduler or executor. /assets/{path...} comes with it.
std::vector<net::Route> page_routes(const std::string& mode, const std::vector<std::string>& patterns);

}  // namespace aurora::api
