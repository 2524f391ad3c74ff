#include "executor/log_cursor.h"

#include <array>
#include <charconv>

namespace aurora::executor {
namespace {

constexpr size_t kEntriesMax = 4 * kLogsMax;  // with empty ones

template <typename T>
void append_number(std::string& out, T value, int base = 10) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  out.append(digits.data(), end);
}

// What is before `separator`, or all; `text` goes on behind it.
std::string_view take_word(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return word;
}

template <typename T>
bool take_number(std::string_view& text, T& value, int base = 10) {
  const std::string_view word = take_word(text, '.');
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  return error == std::errc() && end == word.data() + word.size() && value >= 0;
}

}  // namespace

std::string encode_cursor(const LogCursor& cursor) {
  std::string text;
  for (const auto& [key, marker] : cursor) {
    if (!text.empty()) text += ',';
    append_number(text, key.process);
    append_number(text += '.', key.run);
    text += key.stream == LogStream::Stdout ? ".o." : ".e.";
    append_number(text, marker.file, 16);
    append_number(text += '.', marker.offset);
  }
  return text;
}

std::optional<LogCursor> parse_cursor(std::string_view text) {
  LogCursor cursor;
  while (!text.empty()) {
    std::string_view entry = take_word(text, ',');
    LogKey key;
    LogMarker marker;
    if (!take_number(entry, key.process) || !take_number(entry, key.run)) return std::nullopt;
    const std::string_view stream = take_word(entry, '.');
    if (stream != "o" && stream != "e") return std::nullopt;
    key.stream = stream == "o" ? LogStream::Stdout : LogStream::Stderr;
    if (!take_number(entry, marker.file, 16) || !take_number(entry, marker.offset) || !entry.empty())
      return std::nullopt;
    if (cursor.size() == kEntriesMax || !cursor.emplace(key, marker).second) return std::nullopt;
  }
  return cursor;
}

}  // namespace aurora::executor
