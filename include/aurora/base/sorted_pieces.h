// A sorted list, held in pieces of a few hundred items: finding, inserting and erasing cost a binary search
// and moving a part of one piece, whatever the length; next to where the last one was inserted, less. For
// small items. The order is the caller's: every call takes the same one, and no two items are equal in it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace aurora {

template <typename Item>
class SortedPieces {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = const Item&;
    Iterator() = default;
    const Item& operator*() const { return (*pieces_)[piece_][item_]; }
    const Item* operator->() const { return &**this; }
    Iterator& operator++() {
      if (++item_ == (*pieces_)[piece_].size()) {
        ++piece_;
        item_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.piece_ == b.piece_ && a.item_ == b.item_;
    }

   private:
    friend class SortedPieces;
    Iterator(const std::vector<std::vector<Item>>* pieces, size_t piece, size_t item)
        : pieces_(pieces), piece_(piece), item_(item) {}
    const std::vector<std::vector<Item>>* pieces_ = nullptr;
    size_t piece_ = 0;
    size_t item_ = 0;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;
  using value_type = Item;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {&pieces_, 0, 0}; }
  Iterator end() const { return {&pieces_, pieces_.size(), 0}; }
  const Item& front() const { return pieces_.front().front(); }
  const Item& back() const { return pieces_.back().back(); }

  // The item at this position; end() beyond the last. Costs a step for each piece before it.
  Iterator at(size_t position) const {
    size_t piece = 0;
    for (; piece < pieces_.size() && position >= pieces_[piece].size(); ++piece)
      position -= pieces_[piece].size();
    return {&pieces_, piece, piece == pieces_.size() ? 0 : position};
  }

  // The first item that is not below; all that are come before those that are not.
  template <typename IsBelow>
  Iterator lower_bound(const IsBelow& is_below) const {
    const auto piece = std::partition_point(pieces_.begin(), pieces_.end(),
                                            [&](const auto& items) { return is_below(items.back()); });
    return piece == pieces_.end() ? end() : find_in(static_cast<size_t>(piece - pieces_.begin()), is_below);
  }

  // REQUIRES: it is not there.
  template <typename Before>
  void insert(const Item& item, const Before& before) {
    ++size_;
    if (pieces_.empty() || before(pieces_.back().back(), item)) return append(item);
    const auto is_below = [&](const Item& other) { return before(other, item); };
    Iterator place =
        last_insert_is_near(item, before) ? find_in(last_inserted_, is_below) : lower_bound(is_below);
    if (pieces_[place.piece_].size() == kPieceMax) place = split(place);
    auto& items = pieces_[place.piece_];
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(place.item_), item);
    last_inserted_ = place.piece_;
  }

  // False: it was not there.
  template <typename Before>
  bool erase(const Item& item, const Before& before) {
    const Iterator place = lower_bound([&](const Item& other) { return before(other, item); });
    if (place == end() || before(item, *place)) return false;
    auto& items = pieces_[place.piece_];
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(place.item_));
    if (items.empty()) pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(place.piece_));
    --size_;
    return true;
  }

  friend bool operator==(const SortedPieces& a, const SortedPieces& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  static constexpr size_t kPieceMax = 256;

  // What is not below is in the piece.
  template <typename IsBelow>
  Iterator find_in(size_t piece, const IsBelow& is_below) const {
    const auto& items = pieces_[piece];
    const auto item = std::partition_point(items.begin(), items.end(), is_below);
    return {&pieces_, piece, static_cast<size_t>(item - items.begin())};
  }
  template <typename Before>
  bool last_insert_is_near(const Item& item, const Before& before) const {
    if (last_inserted_ >= pieces_.size()) return false;
    const auto& items = pieces_[last_inserted_];
    return before(items.front(), item) && before(item, items.back());
  }

  void append(const Item& item) {
    if (pieces_.empty() || pieces_.back().size() == kPieceMax) pieces_.emplace_back();
    pieces_.back().push_back(item);
  }

  // Halves the piece; returns where `place` is then.
  Iterator split(Iterator place) {
    std::vector<Item> upper(pieces_[place.piece_].begin() + kPieceMax / 2, pieces_[place.piece_].end());
    pieces_[place.piece_].resize(kPieceMax / 2);
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(place.piece_) + 1, std::move(upper));
    if (place.item_ <= kPieceMax / 2) return place;
    return {&pieces_, place.piece_ + 1, place.item_ - kPieceMax / 2};
  }

  std::vector<std::vector<Item>> pieces_;  // none of them empty
  size_t size_ = 0;
  size_t last_inserted_ = 0;  // its piece, as far as known
};

}  // namespace aurora
