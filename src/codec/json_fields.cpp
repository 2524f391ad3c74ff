#include "aurora/codec/json_fields.h"

#include <algorithm>
#include <limits>

#include "codec/json_text.h"

namespace aurora::codec::json {

void append_string(std::string& out, std::string_view text) { append_quoted(out, text); }

void append_name(std::string& out, std::string_view name, bool is_first) {
  const size_t before = out.size();
  out.resize(before + name.size() + (is_first ? 3 : 4));
  char* to = out.data() + before;
  if (!is_first) *to++ = ',';
  *to++ = '"';
  to = std::copy(name.begin(), name.end(), to);
  *to++ = '"';
  *to = ':';
}
void append_integer(std::string& out, int64_t value) { codec::append_integer(out, value); }
void append_double(std::string& out, double value) { append_number(out, value); }

Error Read::error() const {
  return {ErrorCode::InvalidArgument, path_.empty() ? message_ : path_ + ": " + message_};
}

bool Read::operator()(const JsonValue& json, int32_t& out) {
  using Limits = std::numeric_limits<int32_t>;
  int64_t wide = 0;
  if (!take(json.as_int(), wide)) return false;
  if (wide < Limits::min() || wide > Limits::max()) {
    return fail("expected an integer from " + std::to_string(Limits::min()) + " to " +
                std::to_string(Limits::max()) + ", found " + json.describe());
  }
  out = static_cast<int32_t>(wide);
  return true;
}

void Read::add_name(std::string& list, std::string_view name) {
  if (!list.empty()) list += ", ";
  list += name;
}

const JsonMember* Read::find_member(const JsonValue& json, std::string_view name, size_t hint) {
  const auto& members = json.members();
  if (hint < members.size() && members[hint].name == name) return &members[hint];
  const auto found = std::ranges::find(members, name, &JsonMember::name);
  return found == members.end() ? nullptr : &*found;
}

bool Read::fail(std::string message) {
  message_ = std::move(message);
  return false;
}

bool Read::fail_unknown(const JsonValue& json, const std::vector<std::string_view>& known) {
  std::string names;
  for (const std::string_view name : known) add_name(names, name);
  for (const JsonMember& member : json.members()) {
    if (std::ranges::find(known, member.name) == known.end()) {
      return fail("unknown field " + quote_json(member.name) + "; known are " + names);
    }
  }
  return true;
}

bool Read::check_text(const std::string& text) {
  if (unknown_ == UnknownFields::Ignore || text.find('\0') == std::string::npos) return true;
  return fail("the text holds a NUL character, with which nothing can be named or executed");
}

bool Read::inside(std::string_view name) {
  const bool joined = !path_.empty() && path_.front() != '[';
  path_ = std::string(name) + (joined ? "." : "") + path_;
  return false;
}

bool Read::inside_item(size_t index) {
  const bool joined = !path_.empty() && path_.front() != '[';
  path_ = "[" + std::to_string(index) + "]" + (joined ? "." : "") + path_;
  return false;
}

}  // namespace aurora::codec::json
