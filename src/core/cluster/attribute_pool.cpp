#include "core/cluster/attribute_pool.h"

#include <algorithm>

namespace aurora::core {

std::vector<HostAttribute> AttributePool::take(
    const std::map<std::string, std::set<std::string>>& attributes) {
  std::vector<HostAttribute> taken;
  for (const auto& [name, values] : attributes) {
    for (const std::string& value : values) taken.push_back(take(name, value));
  }
  taken.shrink_to_fit();
  return taken;
}

HostAttribute AttributePool::take(const std::string& name, const std::string& value) {
  Slot slot = find(name, value);
  if (slot.empty()) {
    const Slot name_slot = names_.find_or_insert(name);
    ++names_[name_slot].values;
    slot = values_.insert({.attribute = {name, value}, .name = name_slot});
    numbers_end_ = std::max(numbers_end_, size_t{slot.index} + 1);
  }
  ++values_[slot].hosts;
  return {values_[slot].name, slot};
}

void AttributePool::give_back(const std::vector<HostAttribute>& attributes) {
  for (const HostAttribute& attribute : attributes) {
    if (--values_[attribute.value].hosts > 0) continue;
    if (--names_[attribute.name].values == 0) names_.erase(attribute.name);
    values_.erase(attribute.value);
  }
}

Slot AttributePool::find(const std::string& name, const std::string& value) const {
  return values_.find(hash_of_attribute(name, value),
                      [&](const Attribute& other) { return other.value == value && other.name == name; });
}

}  // namespace aurora::core
