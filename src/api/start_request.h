// What a start of an update, and a plan of one, are asked with.
#pragma once

#include <string>

#include "aurora/base/fields.h"
#include "aurora/core/update/update_request.h"
#include "aurora/net/http.h"

namespace aurora::api {

struct StartRequest {
  core::JobUpdateRequest request;
  std::string message;
};
void fields(Is<StartRequest> auto& r, auto&& visit) {
  visit("request", r.request);
  visit("message", r.message);
}

// The header If-Match: the state that a plan named, with or without quotes. Empty: none is demanded.
inline std::string demanded_state(const net::Request& request) {
  const auto header = request.headers.find("if-match");
  if (header == request.headers.end()) return "";
  std::string state = header->second;
  if (state.size() >= 2 && state.starts_with('"') && state.ends_with('"')) state = state.substr(1, state.size() - 2);
  return state.empty() ? "none" : state;
}

}  // namespace aurora::api
