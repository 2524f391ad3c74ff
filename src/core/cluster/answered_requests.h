// The answered requests of a Cluster, by key and by age.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aurora/core/cluster/change.h"

namespace aurora::core {

class AnsweredRequests {
 public:
  void apply(const RequestAnswered& change);
  void apply(const RequestForgotten& change);

  const AnsweredRequest* find(const std::string& key) const;
  std::vector<const AnsweredRequest*> list_oldest(size_t count_max) const;
  size_t size() const { return by_key_.size(); }

 private:
  std::unordered_map<std::string, AnsweredRequest> by_key_;
  std::set<std::pair<Instant, std::string>> by_age_;
};

}  // namespace aurora::core
