// Conditional reads: an answer that the client has already is not sent again (RFC 9110 §13). Pure.
#pragma once

#include <string>
#include <string_view>

#include "aurora/net/http.h"

namespace aurora::api {

// Names the bytes; the same for as long as they are the same.
std::string etag_of(std::string_view bytes);
// Whether the header's value names the tag, or any: "a", W/"b", *
bool names_tag(std::string_view if_none_match, std::string_view tag);

// An answer that says 200 and is whole gets its tag, and goes as 304 to one who has it.
net::Response answer_conditionally(const net::Request& request, net::Response response);

}  // namespace aurora::api
