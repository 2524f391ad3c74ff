// The web pages: one page for every address that the application knows, and the files it loads. Shared by
// scheduler and executor, which differ in the addresses and in the mode written into the page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::api {

struct PageAddress {
  std::string pattern;
  // HTML for readers without scripts. Its error is the status of the page, which is the application's all the
  // same.
  std::function<Result<std::string>(const net::Request&)> plain = nullptr;
};

// `mode` is scheduler or executor. /assets/{path...} comes with it.
std::vector<net::Route> page_routes(const std::string& mode, const std::vector<PageAddress>& addresses);

}  // namespace aurora::api
