// The rows of a table, decoded by other threads while the caller uses those that come before them: a start
// keeps all cores busy and holds a few thousand rows at once, whatever there is in the table.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
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
  void clear() {  // keeps its memory
    bytes_.clear();
    rows_.clear();
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

// The work of decode_ahead(), which is shared by the caller's thread and others.
template <typename Decode>
class DecodeAhead {
 public:
  using Decoded = std::invoke_result_t<Decode, const RowBatch&>;

  DecodeAhead(const RocksDatabase& database, Table from, const Decode& decode)
      : database_(database), decode_(decode), rows_(database.iterate(from)) {
    rows_->SeekToFirst();
    // The caller is one more. Where there can be no other it does all.
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) {
      try {
        helpers_.emplace_back([this] { help(); });
      } catch (const std::system_error&) {
        break;
      }
    }
  }
  ~DecodeAhead() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
  }

  // The next batch, decoded; nothing behind the last.
  std::optional<Decoded> take_next() {
    std::unique_lock lock(mutex_);
    for (;;) {
      std::optional<Decoded>& next = ahead_[taken_ % kBatchesAhead];
      if (next) {
        ++taken_;
        std::optional<Decoded> taken = std::exchange(next, std::nullopt);
        lock.unlock();
        changed_.notify_all();
        return taken;
      }
      if (is_over_ && taken_ == read_) return std::nullopt;
      if (has_work()) {
        decode_one(lock, own_batch_);
      } else {
        changed_.wait(lock);
      }
    }
  }
  Status status() const { return database_.translate(rows_->status()); }  // of reading

 private:
  // Small enough that the allocator does not tidy up each time that one is freed (above 64 KiB it does).
  static constexpr size_t kRowsPerBatch = 256;
  static constexpr size_t kBatchesAhead = 16;

  bool has_work() const { return !is_over_ && !is_reading_ && read_ < taken_ + kBatchesAhead; }

  void help() {
    RowBatch batch;
    std::unique_lock lock(mutex_);
    while (!is_over_) {
      if (has_work()) {
        decode_one(lock, batch);
      } else {
        changed_.wait(lock);
      }
    }
  }

  // One thread reads at a time, all decode.
  void decode_one(std::unique_lock<std::mutex>& lock, RowBatch& batch) {
    is_reading_ = true;
    lock.unlock();
    read(batch);
    lock.lock();
    is_reading_ = false;
    if (!rows_->Valid()) is_over_ = true;
    std::optional<Decoded>* const place = batch.size() == 0 ? nullptr : &ahead_[read_++ % kBatchesAhead];
    lock.unlock();
    changed_.notify_all();
    if (place != nullptr) {
      Decoded decoded = decode_(batch);
      lock.lock();
      place->emplace(std::move(decoded));
      lock.unlock();
      changed_.notify_all();
    }
    lock.lock();
  }

  void read(RowBatch& batch) {
    batch.clear();
    for (; rows_->Valid(); rows_->Next()) {
      const std::string_view key = rows_->key().ToStringView();
      if (batch.size() >= kRowsPerBatch && !is_part(key)) return;
      batch.add(key, rows_->value().ToStringView());
    }
  }

  const RocksDatabase& database_;
  const Decode& decode_;
  std::unique_ptr<rocksdb::Iterator> rows_;  // who set is_reading_ uses it
  RowBatch own_batch_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::optional<Decoded>, kBatchesAhead> ahead_;  // batch n is at n % kBatchesAhead
  size_t read_ = 0;                                          // batches
  size_t taken_ = 0;
  bool is_reading_ = false;
  bool is_over_ = false;  // no more is to be read
  std::vector<std::thread> helpers_;
};

// Calls decode(const RowBatch&), which returns a Result, on all cores, and take(value) on the caller's thread,
// in the order of the keys, until one of them fails. A record and its parts come in one batch.
template <typename Decode, typename Take>
Status decode_ahead(const RocksDatabase& database, Table from, const Decode& decode, const Take& take) {
  DecodeAhead<Decode> ahead(database, from, decode);
  while (auto next = ahead.take_next()) TRY(take(TRY(std::move(*next))));
  return ahead.status();
}

}  // namespace aurora::store
