// Records in slots. A slot is a small number and the generation of its use: a record is reached by it without
// a search, and one that is gone is never mistaken for the record that came into its place. Records do not
// move.
//
// SlotTable is the bare table; KeyTable also finds records by their key, which is hashed once at the border;
// OrderedTable also walks them in the order of their keys, which costs a search for each that comes or goes.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/base/sorted_pieces.h"

namespace aurora::core {

struct Slot {
  uint32_t index = 0;
  uint32_t generation = 0;  // odd while in use, so that a default one is nobody's
  bool empty() const { return generation == 0; }
  friend bool operator==(const Slot&, const Slot&) = default;
};

// `kChecks` off is a planted bug: tests show that it is found.
template <typename Record, bool kChecks = true>
class SlotTable {
 public:
  Slot insert() {
    if (free_.empty()) grow();
    const uint32_t index = free_.back();
    free_.pop_back();
    ++size_;
    return {index, ++cell(index).generation};
  }
  // REQUIRES: the slot is in use.
  void erase(Slot slot) {
    AURORA_CHECK(find(slot) != nullptr);
    Cell& freed = cell(slot.index);
    freed.record = Record{};
    ++freed.generation;
    free_.push_back(slot.index);
    --size_;
  }

  // Nothing when the record is gone, whoever came into its place.
  const Record* find(Slot slot) const {
    if (slot.index >= cells_count()) return nullptr;
    const Cell& found = cell(slot.index);
    if (kChecks ? found.generation != slot.generation : found.generation % 2 == 0) return nullptr;
    return slot.generation % 2 == 1 ? &found.record : nullptr;
  }
  Record* find(Slot slot) { return const_cast<Record*>(std::as_const(*this).find(slot)); }
  // REQUIRES: the slot is in use.
  const Record& operator[](Slot slot) const {
    const Record* found = find(slot);
    AURORA_CHECK(found != nullptr);
    return *found;
  }
  Record& operator[](Slot slot) { return const_cast<Record&>(std::as_const(*this)[slot]); }

  size_t size() const { return size_; }

 private:
  struct Cell {
    Record record;
    uint32_t generation = 0;
  };
  static constexpr size_t kBlock = 64;  // cells

  size_t cells_count() const { return blocks_.size() * kBlock; }
  Cell& cell(uint32_t index) { return blocks_[index / kBlock][index % kBlock]; }
  const Cell& cell(uint32_t index) const { return blocks_[index / kBlock][index % kBlock]; }
  void grow() {
    const auto first = static_cast<uint32_t>(cells_count());
    blocks_.push_back(std::make_unique<Cell[]>(kBlock));
    for (uint32_t i = kBlock; i > 0; --i) free_.push_back(first + i - 1);  // the lowest is used first
  }

  std::vector<std::unique_ptr<Cell[]>> blocks_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

// From a hash to the slots of records with that hash. Open addressing: an entry is at the place its hash
// names, or the next free one after it.
class HashIndex {
 public:
  // The slot for which is_it(slot) is true, among those with this hash; empty if there is none.
  template <typename IsIt>
  Slot find(size_t hash, const IsIt& is_it) const {
    if (entries_.empty()) return {};
    for (size_t at = home(hash); !entries_[at].slot.empty(); at = next(at)) {
      if (entries_[at].hash == static_cast<uint32_t>(hash) && is_it(entries_[at].slot))
        return entries_[at].slot;
    }
    return {};
  }
  void insert(size_t hash, Slot slot) {
    if (4 * (size_ + 1) > 3 * entries_.size()) grow();
    put({static_cast<uint32_t>(hash), slot});
    ++size_;
  }
  // REQUIRES: it is there.
  void erase(size_t hash, Slot slot) {
    size_t hole = home(hash);
    while (entries_[hole].slot != slot) {
      AURORA_CHECK(!entries_[hole].slot.empty());
      hole = next(hole);
    }
    // Entries behind the hole that could not be where their hash names come closer to it.
    for (size_t at = next(hole); !entries_[at].slot.empty(); at = next(at)) {
      const size_t wanted = home(entries_[at].hash);
      const bool stays = hole <= at ? hole < wanted && wanted <= at : hole < wanted || wanted <= at;
      if (stays) continue;
      entries_[hole] = entries_[at];
      hole = at;
    }
    entries_[hole] = {};
    --size_;
  }

 private:
  struct Entry {
    uint32_t hash = 0;
    Slot slot;
  };
  size_t home(size_t hash) const { return (static_cast<uint32_t>(hash) * uint32_t{2654435769}) >> shift_; }
  size_t next(size_t at) const { return at + 1 == entries_.size() ? 0 : at + 1; }
  void put(const Entry& entry) {
    size_t at = home(entry.hash);
    while (!entries_[at].slot.empty()) at = next(at);
    entries_[at] = entry;
  }
  void grow() {
    std::vector<Entry> before =
        std::exchange(entries_, std::vector<Entry>(entries_.empty() ? 8 : 2 * entries_.size()));
    shift_ = before.empty() ? 29 : shift_ - 1;
    for (const Entry& entry : before) {
      if (!entry.slot.empty()) put(entry);
    }
  }

  std::vector<Entry> entries_;  // a power of two
  size_t size_ = 0;
  int shift_ = 29;
};

// Record: default-made or made from its key; `const Key& key() const`, with std::hash.
template <typename Record>
class KeyTable {
 public:
  using Key = std::remove_cvref_t<decltype(std::declval<const Record&>().key())>;

  Slot find(const Key& key) const {
    return find(std::hash<Key>{}(key), [&](const Key& other) { return other == key; });
  }
  // By the key for which is_it(key) is true, and its hash, where making a Key would cost.
  template <typename IsIt>
  Slot find(size_t hash, const IsIt& is_it) const {
    return hashes_.find(hash, [&](Slot slot) { return is_it(records_[slot].key()); });
  }
  const Record* find_record(const Key& key) const { return records_.find(find(key)); }
  Record* find_record(const Key& key) { return records_.find(find(key)); }

  // REQUIRES: there is no record with this key.
  Slot insert(Record record) {
    const Slot slot = records_.insert();
    records_[slot] = std::move(record);
    hashes_.insert(std::hash<Key>{}(records_[slot].key()), slot);
    return slot;
  }
  Slot find_or_insert(const Key& key) {
    const Slot found = find(key);
    return found.empty() ? insert(Record{key}) : found;
  }
  void erase(Slot slot) {
    hashes_.erase(std::hash<Key>{}(records_[slot].key()), slot);
    records_.erase(slot);
  }

  const Record* find(Slot slot) const { return records_.find(slot); }
  const Record& operator[](Slot slot) const { return records_[slot]; }
  Record& operator[](Slot slot) { return records_[slot]; }
  size_t size() const { return records_.size(); }

 private:
  SlotTable<Record> records_;
  HashIndex hashes_;
};

// Its keys have an order.
template <typename Record>
class OrderedTable : private KeyTable<Record> {
  using Base = KeyTable<Record>;

 public:
  using Base::find;
  using Base::find_record;
  using Base::size;
  using typename Base::Key;
  using Base::operator[];

  // REQUIRES: there is no record with this key.
  Slot insert(Record record) {
    const Slot slot = Base::insert(std::move(record));
    order_.insert(slot, by_key());
    return slot;
  }
  Slot find_or_insert(const Key& key) {
    const Slot found = find(key);
    return found.empty() ? insert(Record{key}) : found;
  }
  void erase(Slot slot) {
    order_.erase(slot, by_key());
    Base::erase(slot);
  }

  const SortedPieces<Slot>& in_order() const { return order_; }
  // The first record whose key is not below.
  SortedPieces<Slot>::Iterator lower_bound(const Key& key) const {
    return order_.lower_bound([&](Slot slot) { return (*this)[slot].key() < key; });
  }

  auto by_key() const {
    return [this](Slot a, Slot b) { return (*this)[a].key() < (*this)[b].key(); };
  }

 private:
  SortedPieces<Slot> order_;
};

}  // namespace aurora::core
