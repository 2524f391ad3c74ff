// What a small store holds, at once.
#pragma once

#include <utility>
#include <vector>

#include "aurora/store/store.h"

namespace aurora::test {

inline Result<std::vector<core::Change>> load_all(store::Store& store) {
  std::vector<core::Change> changes;
  TRY(store.load([&](core::Change change) { changes.push_back(std::move(change)); }));
  return changes;
}

}  // namespace aurora::test
