// ?fields=a,b.c: of an answer only these members. Which there are says the OpenAPI document. Pure.
#pragma once

#include <optional>
#include <string>

#include "aurora/codec/json_select.h"
#include "aurora/codec/json_value.h"
#include "aurora/net/http.h"

namespace aurora::api {

struct WantedFields {
  std::string list;  // the answer's member whose items the fields are of; empty: of the answer itself
  codec::Selection selection;
};

// What the request asks for of the answer of GET `path`, as the document writes it; nothing: all of it. An error names a
// field that the document does not know, and those that it does.
Result<std::optional<WantedFields>> find_wanted_fields(const codec::JsonValue& document, const std::string& path,
                                                       const net::Request& request);

Result<std::string> keep_fields(const WantedFields& wanted, const std::string& body);

}  // namespace aurora::api
