#include "aurora/codec/json_select.h"

namespace aurora::codec {
namespace {

// Goes over the text once. Recursion is as deep as the selection; what stays or goes as a whole is skipped by counting.
class Selector {
 public:
  explicit Selector(std::string_view json) : json_(json) { out_.reserve(json.size() / 4); }

  // `find`: const Selection*(name), null for a member that goes.
  template <typename Find>
  void object(const Find& find) {
    out_ += '{';
    bool is_first = true;
    for (bool more = begin('{', '}'); more; more = next('}')) {
      const std::string_view name = text();
      if (!expect(':')) return;
      const Selection* wanted = find(name);
      if (wanted == nullptr) {
        skip();
        continue;
      }
      if (!is_first) out_ += ',';
      is_first = false;
      out_.append(1, '"').append(name).append("\":");
      value(*wanted);
    }
    out_ += '}';
  }

  void value(const Selection& selection) {
    space();
    const char first = peek();
    if (selection.members.empty() || (first != '{' && first != '[')) {
      const size_t start = at_;
      skip();
      out_ += json_.substr(start, at_ - start);
    } else if (first == '{') {
      object([&](std::string_view name) {
        const auto found = selection.members.find(name);
        return found == selection.members.end() ? nullptr : &found->second;
      });
    } else {
      out_ += '[';
      bool is_first = true;
      for (bool more = begin('[', ']'); more; more = next(']')) {
        if (!is_first) out_ += ',';
        is_first = false;
        value(selection);
      }
      out_ += ']';
    }
  }

  Result<std::string> done() && {
    space();
    if (is_bad_ || at_ != json_.size())
      return Error{ErrorCode::Internal, "the answer is not valid JSON at byte " + std::to_string(at_)};
    return std::move(out_);
  }

 private:
  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
  void space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') ++at_;
  }
  bool expect(char c) {
    space();
    if (is_bad_ || peek() != c) return !(is_bad_ = true);
    ++at_;
    return true;
  }
  // Whether there is anything in it.
  bool begin(char open, char close) {
    if (!expect(open)) return false;
    space();
    if (peek() != close) return true;
    ++at_;
    return false;
  }
  // Whether there is one more.
  bool next(char close) {
    space();
    if (!is_bad_ && peek() == ',') {
      ++at_;
      return true;
    }
    expect(close);
    return false;
  }
  // What is between the quotes, as it is written.
  std::string_view text() {
    if (!expect('"')) return {};
    const size_t start = at_;
    for (; at_ < json_.size(); ++at_) {
      if (json_[at_] == '\\') {
        ++at_;
      } else if (json_[at_] == '"') {
        return json_.substr(start, at_++ - start);
      }
    }
    is_bad_ = true;
    at_ = json_.size();
    return {};
  }
  // One value.
  void skip() {
    space();
    is_bad_ |= at_ == json_.size();
    size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        text();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0) break;
        --depth;
        ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        at_ = std::min(json_.find_first_of(",]} \n\t\r", at_), json_.size());
      }
    } while (depth > 0 && at_ < json_.size() && !is_bad_);
    if (depth > 0) is_bad_ = true;
  }

  std::string_view json_;
  size_t at_ = 0;
  bool is_bad_ = false;
  std::string out_;
};

}  // namespace

Result<std::string> select(std::string_view json, const Selection& selection) {
  Selector selector(json);
  selector.value(selection);
  return std::move(selector).done();
}

Result<std::string> select_in_list(std::string_view json, std::string_view list, const Selection& selection) {
  static const Selection kAll;
  Selector selector(json);
  selector.object([&](std::string_view name) { return name == list ? &selection : &kAll; });
  return std::move(selector).done();
}

}  // namespace aurora::codec
