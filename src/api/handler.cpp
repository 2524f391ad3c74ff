#include "api/handler.h"

#include <charconv>

#include "api/http_status.h"
#include "aurora/base/printable.h"

namespace aurora::api {
namespace {

constexpr int64_t kPageMax = 1000;

Result<int64_t> parse_int(const std::string& name, const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter '" + name + "': '" + text + "' is not a whole number"};
  }
  return value;
}

// Every body is an object: one that begins as something else is not read any further, however long it is.
Status check_root(const net::Request& request) {
  std::string_view body = request.body;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body[first] == '{') return Unit{};
  return Error{ErrorCode::InvalidArgument,
               "The body must be a JSON object, but begins with " + printable_line(body.substr(first, 1))};
}

}  // namespace

net::Route make_route(std::string method, std::string pattern, JsonHandler handler) {
  return {std::move(method), std::move(pattern), [handler = std::move(handler)](const net::Request& request) {
            const Status root = check_root(request);
            Result<net::Response> answer = root.ok() ? handler(request) : root.error();
            return answer.ok() ? std::move(answer).value() : to_response(answer.error());
          }};
}

net::Response json_answer(std::string body, int status) {
  return {.status = status, .body = std::move(body)};
}

net::Response text_answer(std::string body) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

Status check_query(const net::Request& request, const std::set<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (known.contains(name)) continue;
    std::string names;
    for (const std::string& one : known) names += (names.empty() ? "" : ", ") + one;
    return Error{ErrorCode::InvalidArgument,
                 request.path + " has no query parameter '" + name + "'; it knows " + (names.empty() ? "none" : names)};
  }
  return Unit{};
}

Result<std::optional<int64_t>> find_int(const net::Request& request, const std::string& name) {
  const std::optional<std::string> text = request.find_query(name);
  if (!text || text->empty()) return std::optional<int64_t>();
  return std::optional<int64_t>(TRY(parse_int(name, *text)));
}

Result<std::set<int32_t>> list_ints(const net::Request& request, const std::string& name) {
  std::set<int32_t> values;
  for (const std::string& text : list_texts(request, name)) {
    const int64_t value = TRY(parse_int(name, text));
    if (value < INT32_MIN || value > INT32_MAX) {
      return Error{ErrorCode::InvalidArgument,
                   "Query parameter '" + name + "': " + text + " is out of range"};
    }
    values.insert(static_cast<int32_t>(value));
  }
  return values;
}

Result<std::optional<bool>> find_bool(const net::Request& request, const std::string& name) {
  const std::optional<std::string> text = request.find_query(name);
  if (!text || text->empty()) return std::optional<bool>();
  if (*text == "true") return std::optional<bool>(true);
  if (*text == "false") return std::optional<bool>(false);
  return Error{ErrorCode::InvalidArgument,
               "Query parameter '" + name + "' is '" + *text + "'; use true or false"};
}

std::set<std::string> list_texts(const net::Request& request, const std::string& name) {
  std::set<std::string> texts;
  const auto [first, last] = request.query.equal_range(name);
  for (auto it = first; it != last; ++it) {
    if (!it->second.empty()) texts.insert(it->second);
  }
  return texts;
}

Result<Page> page_of(const net::Request& request) {
  const std::optional<int64_t> offset = TRY(find_int(request, "offset"));
  const std::optional<int64_t> limit = TRY(find_int(request, "limit"));
  if (offset.value_or(0) < 0)
    return Error{ErrorCode::InvalidArgument, "Query parameter 'offset' must not be negative"};
  if (limit.value_or(0) < 0 || limit.value_or(0) > kPageMax) {
    return Error{ErrorCode::InvalidArgument, "Query parameter 'limit' is " + std::to_string(*limit) +
                                                 "; use 1 to " + std::to_string(kPageMax) + " (0 means " +
                                                 std::to_string(kPageMax) +
                                                 ") and 'offset' for the next page"};
  }
  Page page;
  page.offset = static_cast<size_t>(offset.value_or(0));
  if (limit) page.limit = static_cast<size_t>(*limit == 0 ? kPageMax : *limit);
  return page;
}

const std::string& param(const net::Request& request, const std::string& name) {
  const auto it = request.path_params.find(name);
  AURORA_CHECK(it != request.path_params.end());
  return it->second;
}

core::JobKey job_param(const net::Request& request) {
  return {param(request, "role"), param(request, "environment"), param(request, "name")};
}

std::string user_of(const net::Request&) { return "UNSECURE"; }

}  // namespace aurora::api
