// What a small store holds, at once.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aurora/store/store.h"

namespace aurora::test {

inline Result<std::vector<core::Change>> load_all(store::Store& store) {
  std::vector<core::Change> changes;
  TRY(store.load([&](core::Change change) { changes.push_back(std::move(change)); }));
  return changes;
}

// One that was loaded and may be written; it can be loaded again.
inline Result<std::unique_ptr<store::DurableStore>> open_loaded(
    const std::string& folder, store::IfMissing if_missing = store::IfMissing::Refuse) {
  auto store = TRY(store::open_rocks_store(folder, if_missing));
  TRY(load_all(*store));
  return store;
}

}  // namespace aurora::test
