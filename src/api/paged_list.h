// A list in an answer, with the bound of bytes that every answer has: what does not fit is on a later page.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/handler.h"
#include "aurora/codec/json_value.h"

namespace aurora::api {

constexpr size_t kAnswerBytesMax = 8u << 20;

class PagedList {
 public:
  // False once the list is full; its first item always fits. `shared`: bytes elsewhere in the answer that
  // come with it.
  bool add(std::string_view json, size_t shared = 0) {
    if (count_ > 0 && bytes_ + json.size() + shared > kAnswerBytesMax) return false;
    bytes_ += json.size() + shared;
    ++count_;
    items_.add_raw(json);
    return true;
  }
  // Adds encode(item) of all that fit, and stops when nobody waits for them any more.
  template <typename Items, typename Encode>
  void add_all(const net::Request& request, const Items& items, const Encode& encode) {
    for (const auto& item : items) {
      if (request.is_abandoned() || !add(encode(item))) return;
    }
  }

  std::string text() const { return items_.text(); }
  size_t count() const { return count_; }
  // {"<name>": [...], "total": n, "nextOffset": n}: the last only when there is more, also for one who seemed
  // to have left and had only closed his side: an empty list must not look like all.
  codec::JsonObject answer(std::string_view name, const Page& page, size_t total) const {
    codec::JsonObject object;
    object.add_raw(name, text()).add("total", total);
    if (page.offset + count_ < total) object.add("nextOffset", page.offset + count_);
    return object;
  }

 private:
  codec::JsonArray items_;
  size_t bytes_ = 0;
  size_t count_ = 0;
};

}  // namespace aurora::api
