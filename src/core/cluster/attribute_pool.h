// What hosts are said to be, each (name, value) once, in a slot: so that what a configuration wants of hosts
// is compared as numbers, and tasks of a job are counted by it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/cluster/slot_table.h"

namespace aurora::core {

struct Attribute {
  std::string name;
  std::string value;
  friend auto operator<=>(const Attribute&, const Attribute&) = default;
};
inline size_t hash_of_attribute(const std::string& name, const std::string& value) {
  return std::hash<std::string>{}(name)*31 + std::hash<std::string>{}(value);
}

}  // namespace aurora::core

template <>
struct std::hash<aurora::core::Attribute> {
  size_t operator()(const aurora::core::Attribute& attribute) const {
    return aurora::core::hash_of_attribute(attribute.name, attribute.value);
  }
};

namespace aurora::core {

// An attribute of a host, as slots of the pool.
struct HostAttribute {
  Slot name;
  Slot value;  // of the pair
  friend bool operator==(const HostAttribute&, const HostAttribute&) = default;
};

class AttributePool {
 public:
  // The attributes of one more host, by name and value.
  std::vector<HostAttribute> take(const std::map<std::string, std::set<std::string>>& attributes);
  void give_back(const std::vector<HostAttribute>& attributes);

  Slot find_name(const std::string& name) const { return names_.find(name); }
  Slot find(const std::string& name, const std::string& value) const;
  const Attribute& operator[](Slot value) const { return values_[value].attribute; }
  bool is_of(Slot value, Slot name) const { return values_[value].name == name; }
  size_t size() const { return values_.size(); }
  // Above the number of every slot of a value, now.
  size_t numbers_end() const { return numbers_end_; }

 private:
  struct NameRecord {
    std::string name;
    int64_t values = 0;  // of this name
    const std::string& key() const { return name; }
  };
  struct ValueRecord {
    Attribute attribute;
    Slot name = {};
    int64_t hosts = 0;  // that have it
    const Attribute& key() const { return attribute; }
  };
  HostAttribute take(const std::string& name, const std::string& value);

  KeyTable<NameRecord> names_;
  KeyTable<ValueRecord> values_;
  size_t numbers_end_ = 0;
};

}  // namespace aurora::core
