// {{docker.image[name][tag]}}: which image a tag means right now, asked of a Docker registry
// (spec/config-language.md §7.4).
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/net/http.h"

namespace aurora::client {

// NAME@sha256:..., by the registry's v2 API. Images of other registries than Docker Hub are prefixed by
// host[:port]. A Bearer challenge is solved without credentials; Basic is refused.
Result<std::string> resolve_image(net::HttpClient& http, const std::string& registry, const std::string& name,
                                  const std::string& tag);

}  // namespace aurora::client
