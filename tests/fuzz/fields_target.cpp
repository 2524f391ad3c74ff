// ?fields= and If-None-Match of reads; and a text that ends or goes wrong anywhere. The first line is the names, the rest
// the answer that they are chosen from.
#include "api/etag.h"
#include "api/field_selection.h"
#include "api/openapi_route.h"
#include "aurora/codec/json_value.h"
#include "fuzz/targets.h"

namespace aurora::fuzz {

void read_fields(std::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string names(input.substr(0, end));
  const std::string body(input.substr(std::min(end + 1, input.size())));
  net::Request request;
  request.query.emplace("fields", names);
  api::names_tag(names, "\"a\"");
  for (const char* path : {"/v1/tasks", "/v1/cluster"}) {
    const auto wanted = api::find_wanted_fields(api::scheduler_openapi(), path, request);
    if (!wanted.ok()) {
      promise(!wanted.error().message.empty(), "a refusal says why");
      continue;
    }
    if (!*wanted) continue;
    const auto kept = api::keep_fields(**wanted, body);
    const bool is_object = codec::JsonValue::parse(body).ok() && body.starts_with('{');
    if (!is_object) continue;
    promise(kept.ok(), "something is chosen from every object");
    promise(codec::JsonValue::parse(*kept).ok(), "what is chosen is JSON");
  }
}

}  // namespace aurora::fuzz
