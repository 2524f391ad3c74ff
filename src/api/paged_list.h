// An answer that is a list, with the bound of bytes that every answer has: what does not fit is on a later
// page. Written into one text. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "api/handler.h"
#include "aurora/codec/json_fields.h"

namespace aurora::api {

constexpr size_t kAnswerBytesMax = 8u << 20;

// {"<name>": [...], "total": n, "nextOffset": n, ...}: nextOffset only when there is more, also for one who
// seemed to have left and had only closed his side: an empty list must not look like all.
class PagedList {
 public:
  explicit PagedList(std::string_view name) : object_(text_) { object_.begin(name) += '['; }
  PagedList(const PagedList&) = delete;
  PagedList& operator=(const PagedList&) = delete;

  // So many items will be added: the text finds its room at once, instead of being copied each time it has
  // doubled.
  void expect(size_t items) { expected_ = items; }

  // `write` adds one JSON value to the text that it gets. False once the list is full: then it was taken out
  // again. The first item always fits. `shared`: bytes elsewhere in the answer that come with it.
  template <typename Write>
  bool add(const Write& write, size_t shared = 0) {
    const size_t before = text_.size();
    if (count_ > 0) text_ += ',';
    write(text_);
    if (count_ > 0 && text_.size() + shared_ + shared > kAnswerBytesMax) {
      text_.resize(before);
      return false;
    }
    shared_ += shared;
    if (++count_ == 1) reserve(text_.size() - before);
    return true;
  }
  // Adds write(text, item) of all that fit, and stops when nobody waits for them any more.
  template <typename Items, typename Write>
  void add_all(const net::Request& request, const Items& items, const Write& write) {
    expect(items.size());
    for (const auto& item : items) {
      if (request.is_abandoned() || !add([&](std::string& out) { write(out, item); })) return;
    }
  }

  // Ends the list; what further members of the answer are to be added to.
  codec::json::ObjectWriter& end(const Page& page, size_t total) {
    text_ += ']';
    object_.add("total", total);
    if (page.offset + count_ < total) object_.add("nextOffset", page.offset + count_);
    return object_;
  }
  net::Response answer() {  // once, after end()
    object_.end();
    return json_answer(std::move(text_));
  }

 private:
  // The first item says how large they are.
  void reserve(size_t item) {
    constexpr size_t kSlack = 8;  // of this many parts one more: others are larger
    text_.reserve(std::min(kAnswerBytesMax, text_.size() + (item + item / kSlack) * expected_));
  }

  std::string text_;
  codec::json::ObjectWriter object_;
  size_t shared_ = 0;
  size_t count_ = 0;
  size_t expected_ = 0;
};

}  // namespace aurora::api
