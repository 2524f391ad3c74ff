// JSON at the level of characters: what a string or number looks like.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aurora::codec {

void append_quoted(std::string& out, std::string_view text);
void append_integer(std::string& out, int64_t value);
void append_number(std::string& out,
                   double value);  // the shortest text that reads back equal; null when not finite

// One code point of well-formed UTF-8 at `at`: its length in bytes, or 0 when the bytes are not UTF-8.
size_t utf8_length(std::string_view text, size_t at);

}  // namespace aurora::codec
