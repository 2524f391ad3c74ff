#include <cctype>

#include "codec/interpolate.h"

namespace aurora::codec {
namespace {

constexpr int kRoundsMax = 100;

struct Mustache {
  size_t begin = 0;
  size_t end = 0;
  std::string name;
  bool escaped = false;  // {{&name}}
};

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_name_start(char c) { return is_name_char(c) && !std::isdigit(static_cast<unsigned char>(c)); }

// name ('.' name | '[' index ']')*
bool is_reference(const std::string& text) {
  size_t at = 0;
  const auto skip_name = [&] {
    if (at >= text.size() || !is_name_start(text[at])) return false;
    while (at < text.size() && is_name_char(text[at])) ++at;
    return true;
  };
  if (!skip_name()) return false;
  while (at < text.size()) {
    if (text[at] == '.') {
      ++at;
      if (!skip_name()) return false;
      continue;
    }
    const size_t close = text.find(']', at);
    if (text[at] != '[' || close == std::string::npos || close == at + 1) return false;
    at = close + 1;
  }
  return true;
}

// The next {{name}} or {{&name}} at or after `from`. Of three braces the inner two count. No character is looked at often,
// however many braces there are: the text is anybody's.
bool find_mustache(const std::string& text, size_t from, Mustache& found) {
  for (size_t open = text.find("{{", from); open != std::string::npos; open = text.find("{{", from)) {
    const size_t close = text.find('}', open + 2);
    if (close == std::string::npos) return false;
    open = text.rfind("{{", close - 2);
    from = close;
    if (text.compare(close, 2, "}}") != 0) continue;
    std::string name = text.substr(open + 2, close - open - 2);
    if (name.find('{') != std::string::npos) continue;
    const bool escaped = !name.empty() && name[0] == '&';
    if (escaped) name.erase(0, 1);
    if (escaped && !name.empty() && name.back() == '&') name.pop_back();
    if (!is_reference(name)) continue;
    found = {open, close + 2, std::move(name), escaped};
    return true;
  }
  return false;
}

bool replace_once(std::string& text, const std::map<std::string, std::string>& values) {
  bool replaced = false;
  std::string result;
  size_t at = 0;
  for (Mustache mustache; find_mustache(text, at, mustache); at = mustache.end) {
    result.append(text, at, mustache.begin - at);
    const auto value = mustache.escaped ? values.end() : values.find(mustache.name);
    if (value == values.end()) {
      result.append(text, mustache.begin, mustache.end - mustache.begin);
    } else {
      result += value->second;
      replaced = true;
    }
  }
  text = result.append(text, at);
  return replaced;
}

}  // namespace

Interpolated interpolate(std::string text, const std::map<std::string, std::string>& values) {
  for (int round = 0; round < kRoundsMax && replace_once(text, values); ++round) {
  }
  Interpolated done;
  size_t at = 0;
  for (Mustache mustache; find_mustache(text, at, mustache); at = mustache.end) {
    done.text.append(text, at, mustache.begin - at);
    done.text += "{{" + mustache.name + "}}";
    if (!mustache.escaped) done.unbound.push_back(std::move(mustache.name));
  }
  done.text.append(text, at);
  return done;
}

}  // namespace aurora::codec
