// The next place in a sorted list that is read in parts and may change between two of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

namespace aurora::scheduler {

template <typename Key>
struct WalkCursor {
  size_t offset = 0;        // of the next item, when the last part was read
  std::optional<Key> last;  // the last item that was read
};

// Where the first item behind `cursor.last` is now. `key_at`: const Key*(offset); nullptr beyond the end. Costs a step for each
// item that has come or gone before it.
template <typename Key, typename KeyAt>
size_t find_next(const WalkCursor<Key>& cursor, size_t size, const KeyAt& key_at) {
  size_t offset = std::min(cursor.offset, size);
  if (!cursor.last) return offset;
  while (offset > 0 && *key_at(offset - 1) > *cursor.last) --offset;
  while (offset < size && *key_at(offset) <= *cursor.last) ++offset;
  return offset;
}

}  // namespace aurora::scheduler
