// The few pages and pieces of HTML that are written here and not by the application in web/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace aurora::api {

// For text and for attributes in double quotes.
std::string escape_html(std::string_view text);

}  // namespace aurora::api
