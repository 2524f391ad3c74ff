#include "aurora/base/printable.h"

#include <cstdint>
#include <cstdio>

namespace aurora {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool is_utf8 = true;
};

// REQUIRES: text is not empty.
Character first_of(std::string_view text) {
  const auto byte_at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte_at(0);
  if (first < 0x80) return {first, 1, true};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {first, 1, false};
  uint32_t code = first & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte_at(i) & 0xc0) != 0x80) return {first, 1, false};
    code = code << 6 | (byte_at(i) & 0x3fu);
  }
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[bytes] || code > 0x10ffff || is_surrogate) return {first, 1, false};
  return {code, bytes, true};
}

bool is_control(const Character& c) {
  const bool turns_direction = (c.code >= 0x202a && c.code <= 0x202e) || (c.code >= 0x2066 && c.code <= 0x2069);
  return !c.is_utf8 || c.code < 0x20 || (c.code >= 0x7f && c.code <= 0x9f) || turns_direction;
}

std::string escape_of(const Character& c) {
  if (c.code == '\n') return "\\n";
  if (c.code == '\t') return "\\t";
  char text[16];
  std::snprintf(text, sizeof text, !c.is_utf8 || c.code < 0x80 ? "\\x%02x" : "\\u%04x", c.code);
  return text;
}

template <typename Replace>
std::string replace_if(std::string_view text, bool (*is_bad)(const Character&), const Replace& replace) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_of(text);
    if (is_bad(c)) {
      safe += replace(c);
    } else {
      safe.append(text, 0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return safe;
}

}  // namespace

std::string printable(std::string_view text) {
  return replace_if(text, is_control, [](const Character& c) {
    return c.code == '\n' ? std::string("\n") : c.code == '\t' ? std::string("\t") : std::string("\xef\xbf\xbd");
  });
}

std::string printable_line(std::string_view text) { return replace_if(text, is_control, escape_of); }

std::string utf8_only(std::string_view text) {
  return replace_if(text, [](const Character& c) { return !c.is_utf8; }, escape_of);
}

}  // namespace aurora
