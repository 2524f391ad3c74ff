// Text of others - names, messages, what a server answers - made safe to show: on a terminal, control characters are
// commands (they move the cursor, set titles, answer in the user's name), and in a log a line feed forges a line.
// Control characters are those below 0x20, DEL, C1 (U+0080 to U+009F), marks that turn the direction of text around, and
// bytes that are no UTF-8. Pure.
#pragma once

#include <string>
#include <string_view>

namespace aurora {

// For a terminal: each becomes U+FFFD; line feeds and tabs stay. A JSON document stays one.
std::string printable(std::string_view text);
// For one line of a log: each becomes \n, \t, \x1b or \u009b; the text stays on its line.
std::string printable_line(std::string_view text);
// For a JSON document: bytes that are no UTF-8 become \xff as in a log's line; all else stays.
std::string utf8_only(std::string_view text);

}  // namespace aurora
