#include "codec/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "aurora/codec/json.h"
#include "aurora/codec/json_value.h"

namespace aurora::codec {

size_t utf8_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const uint8_t second = byte(at + 1);
    if (first == 0xE0 && second < 0xA0) return 0;  // overlong
    if (first == 0xED && second > 0x9F) return 0;  // a surrogate
    return continues(at + 1) && continues(at + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const uint8_t second = byte(at + 1);
    if (first == 0xF0 && second < 0x90) return 0;  // overlong
    if (first == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
    return continues(at + 1) && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

namespace {

// Stands for itself between quotes.
bool is_plain(char c) {
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (size_t i = 0x20; i < 0x80; ++i) plain[i] = i != '"' && i != '\\';
    return plain;
  }();
  return kPlain[static_cast<uint8_t>(c)];
}

// All eight bytes from there stand for themselves; may say no where they do. Bit tricks: a byte is flagged by its
// highest bit if it is not ASCII, is below 0x20, or is zero once '"' or '\\' is taken out.
bool are_plain(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x80 * kOnes;
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const uint64_t quotes = word ^ ('"' * kOnes);
  const uint64_t backslashes = word ^ ('\\' * kOnes);
  const uint64_t flagged = word | (word - 0x20 * kOnes) | (quotes - kOnes) | (backslashes - kOnes);
  return (flagged & kTops) == 0;
}

// REQUIRES: neither plain nor the beginning of a well-formed character.
void append_escaped(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<uint8_t>(c) >= 0x80) {
    out += "\xEF\xBF\xBD";
  } else {
    out += "\\u00";
    out += kHex[(c >> 4) & 15];
    out += kHex[c & 15];
  }
}

}  // namespace

// What needs no escape is copied in one go: most texts are nothing else.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size();) {
    if (i + 8 <= text.size() && are_plain(text.data() + i)) {
      i += 8;
      continue;
    }
    if (is_plain(text[i])) {
      ++i;
      continue;
    }
    if (static_cast<uint8_t>(text[i]) >= 0x80) {
      if (const size_t length = utf8_length(text, i); length > 0) {
        i += length;
        continue;
      }
    }
    out.append(text, copied, i - copied);
    append_escaped(out, text[i]);
    copied = ++i;
  }
  out.append(text, copied);
  out += '"';
}

void append_integer(std::string& out, int64_t value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  out.append(buffer, end);
}

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

std::string quote_json(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
}

std::string indent_json(std::string_view json, int spaces) {
  std::string out;
  size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth * static_cast<size_t>(spaces), ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      if (c == '"') in_string = false;
      continue;
    }
    switch (c) {
      case '"':
        in_string = true;
        out += c;
        break;
      case '{':
      case '[':
        out += c;
        if (i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']')) {
          out += json[++i];
          break;
        }
        ++depth;
        new_line();
        break;
      case '}':
      case ']':
        --depth;
        new_line();
        out += c;
        break;
      case ',':
        out += c;
        new_line();
        break;
      case ':':
        out += ": ";
        break;
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string& JsonObject::begin(std::string_view name) {
  if (body_.size() > 1) body_ += ',';
  append_quoted(body_, name);
  body_ += ':';
  return body_;
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
  begin(name) += json;
  return *this;
}
JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
  append_quoted(begin(name), value);
  return *this;
}
JsonObject& JsonObject::add(std::string_view name, bool value) {
  return add_raw(name, value ? "true" : "false");
}
JsonObject& JsonObject::add_integer(std::string_view name, int64_t value) {
  append_integer(begin(name), value);
  return *this;
}
JsonObject& JsonObject::add(std::string_view name, double value) {
  append_number(begin(name), value);
  return *this;
}

JsonObject& JsonObject::add_members(std::string_view json) {
  if (json.size() <= 2) return *this;
  if (body_.size() > 1) body_ += ',';
  body_ += json.substr(1, json.size() - 2);
  return *this;
}

JsonArray& JsonArray::add_raw(std::string_view json) {
  if (body_.size() > 1) body_ += ',';
  body_ += json;
  return *this;
}

}  // namespace aurora::codec
