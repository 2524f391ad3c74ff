// What every route is made of: a function from a request to an answer or an Error, and the readers of bodies,
// query parameters and pages. Pure.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "aurora/codec/json_fields.h"
#include "aurora/core/ids.h"
#include "aurora/net/http.h"

namespace aurora::api {

using JsonHandler = std::function<Result<net::Response>(const net::Request&)>;

// An Error becomes its HTTP status and body.
net::Route make_route(std::string method, std::string pattern, JsonHandler handler);

net::Response json_answer(std::string body, int status = 200);
net::Response text_answer(std::string body);

// The body as a T; an empty one as a T of defaults. Unknown fields are refused.
template <typename T>
Result<T> decode_body(const net::Request& request) {
  if (request.body.empty()) return T{};
  return codec::decode_json<T>(request.body);
}

// Refuses query parameters that the route does not know: a misspelt filter must not select everything.
Status check_query(const net::Request& request, const std::set<std::string>& known);
Result<std::optional<int64_t>> find_int(const net::Request& request, const std::string& name);
Result<std::set<int32_t>> list_ints(const net::Request& request, const std::string& name);
Result<std::optional<bool>> find_bool(const net::Request& request, const std::string& name);
std::set<std::string> list_texts(const net::Request& request, const std::string& name);
template <NamedEnum E>
Result<std::set<E>> list_enums(const net::Request& request, const std::string& name) {
  std::set<E> values;
  for (const std::string& text : list_texts(request, name)) {
    const std::optional<E> value = find_enum<E>(text);
    if (!value)
      return Error{ErrorCode::InvalidArgument, "Query parameter '" + name + "': there is no '" + text + "'"};
    values.insert(*value);
  }
  return values;
}

// ?offset=&limit=; every list has one.
struct Page {
  size_t offset = 0;
  size_t limit = 100;
};
Result<Page> page_of(const net::Request& request);

template <typename T>
std::vector<T> slice(const std::vector<T>& all, const Page& page) {
  const size_t first = std::min(page.offset, all.size());
  const size_t last = first + std::min(page.limit, all.size() - first);
  return {all.begin() + static_cast<ptrdiff_t>(first), all.begin() + static_cast<ptrdiff_t>(last)};
}

const std::string& param(const net::Request& request,
                         const std::string& name);  // REQUIRES: in the route's pattern
core::JobKey job_param(
    const net::Request& request);  // REQUIRES: {role}, {environment} and {name} in the pattern

// Who asks: nobody logs in yet.
std::string user_of(const net::Request& request);

}  // namespace aurora::api
