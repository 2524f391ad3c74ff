// One copy of each text that records have in common: the names of schedulers, and what events say.
#pragma once

#include <algorithm>
#include <unordered_set>

#include "aurora/base/shared_text.h"

namespace aurora::core {

class TextPool {
 public:
  // The pool's copy of an equal text. What nobody else holds any more goes from time to time.
  SharedText share(const SharedText& text) {
    if (!text) return text;
    if (texts_.size() >= swept_at_) sweep();
    return *texts_.insert(text).first;
  }
  size_t size() const { return texts_.size(); }

 private:
  struct Hash {
    size_t operator()(const SharedText& text) const { return text.hash(); }
  };
  // After as many new texts as were left the last time: a constant for each.
  void sweep() {
    std::erase_if(texts_, [](const SharedText& text) { return text.is_unshared(); });
    swept_at_ = std::max<size_t>(1'000, 2 * texts_.size());
  }

  std::unordered_set<SharedText, Hash> texts_;
  size_t swept_at_ = 1'000;
};

}  // namespace aurora::core
