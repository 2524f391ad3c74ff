// A map of a few entries in one piece of memory, in the order of the keys.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

namespace aurora {

template <typename Key, typename Value>
class SmallMap {
 public:
  using value_type = std::pair<Key, Value>;
  SmallMap() = default;
  SmallMap(std::initializer_list<value_type> entries) {
    for (const auto& [key, value] : entries) (*this)[key] = value;
  }
  SmallMap(const std::map<Key, Value>& map) : entries_(map.begin(), map.end()) {}
  operator std::map<Key, Value>() const { return {entries_.begin(), entries_.end()}; }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }

  Value& operator[](const Key& key) {
    auto place = place_of(entries_, key);
    if (place == entries_.end() || place->first != key) place = entries_.insert(place, {key, Value{}});
    return place->second;
  }
  auto find(const Key& key) const {
    const auto place = place_of(entries_, key);
    return place != entries_.end() && place->first == key ? place : entries_.end();
  }
  size_t count(const Key& key) const { return find(key) != end() ? 1 : 0; }
  bool contains(const Key& key) const { return find(key) != end(); }
  const Value& at(const Key& key) const {  // REQUIRES: it is there
    return find(key)->second;
  }
  friend bool operator==(const SmallMap&, const SmallMap&) = default;

 private:
  template <typename Entries>
  static auto place_of(Entries& entries, const Key& key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const value_type& entry, const Key& wanted) { return entry.first < wanted; });
  }
  std::vector<value_type> entries_;
};

}  // namespace aurora
