#include "net/url_decode.h"

namespace aurora::net {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { Itself, Blank };

std::string decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i] == '+' && plus == Plus::Blank ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace

void read_target(std::string_view target, Request& into) {
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  into.path = decode(target.substr(0, question), Plus::Itself);
  std::string_view query = question == std::string_view::npos ? "" : target.substr(question + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    into.query.emplace(decode(pair.substr(0, equals), Plus::Blank),
                       decode(pair.substr(std::min(pair.size(), equals + 1)), Plus::Blank));
  }
}

}  // namespace aurora::net
