#include "aurora/base/shared_text.h"

namespace aurora {

SharedText::SharedText(std::string text)
    : held_(new Held{1, static_cast<uint32_t>(std::hash<std::string>{}(text)), std::move(text)}) {}

void SharedText::drop() {
  if (held_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete held_;
}

const std::string& SharedText::none() {
  static const std::string kNone;
  return kNone;
}

}  // namespace aurora
