// The rows of a table, decoded by other threads while the caller uses those that come before them: a start
// keeps all cores busy and holds a few thousand rows at once, whatever there is in the table.
#pragma once

#include <deque>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aurora/base/result.h"
#include "store/record_key.h"
#include "store/rocks_database.h"

namespace aurora::store {

// Copies of rows, in one piece of memory.
class RowBatch {
 public:
  void add(std::string_view key, std::string_view value) {
    bytes_.append(key).append(value);
    rows_.push_back({key.size(), value.size()});
  }
  size_t size() const { return rows_.size(); }
  // Calls visit(key, value) for each, in order, until it fails.
  template <typename Visit>
  Status each(const Visit& visit) const {
    std::string_view rest = bytes_;
    for (const auto& [key, value] : rows_) {
      TRY(visit(rest.substr(0, key), rest.substr(key, value)));
      rest.remove_prefix(key + value);
    }
    return Unit{};
  }

 private:
  std::string bytes_;
  std::vector<std::pair<size_t, size_t>> rows_;  // sizes of key and value
};

// Calls decode(const RowBatch&), which returns a Result, on other threads, and take(value) on the caller's,
// in the order of the keys, until one of them fails. A record and its parts come in one batch.
template <typename Decode, typename Take>
Status decode_ahead(const RocksDatabase& database, Table from, const Decode& decode, const Take& take) {
  // Small enough that the allocator does not tidy up each time that one is freed (above 64 KiB it does).
  constexpr size_t kRowsPerBatch = 256;
  constexpr size_t kBatchesAhead = 16;
  std::deque<std::future<std::invoke_result_t<Decode, const RowBatch&>>> ahead;
  const auto take_first = [&]() -> Status {
    auto first = TRY(ahead.front().get());
    ahead.pop_front();
    return take(std::move(first));
  };
  const auto send = [&](RowBatch batch) -> Status {
    // Deferred to this thread when there can be no other.
    ahead.push_back(std::async(std::launch::async | std::launch::deferred,
                               [&decode, batch = std::move(batch)] { return decode(batch); }));
    return ahead.size() > kBatchesAhead ? take_first() : Unit{};
  };
  RowBatch batch;
  TRY(database.each(from, [&](std::string_view key, std::string_view value) -> Status {
    if (batch.size() >= kRowsPerBatch && !is_part(key)) TRY(send(std::exchange(batch, {})));
    batch.add(key, value);
    return Unit{};
  }));
  if (batch.size() > 0) TRY(send(std::move(batch)));
  while (!ahead.empty()) TRY(take_first());
  return Unit{};
}

}  // namespace aurora::store
