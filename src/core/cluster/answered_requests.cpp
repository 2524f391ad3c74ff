#include "core/cluster/answered_requests.h"

namespace aurora::core {

void AnsweredRequests::apply(const RequestAnswered& change) {
  apply(RequestForgotten{change.request.key});
  by_age_.emplace(change.request.at, change.request.key);
  by_key_.emplace(change.request.key, change.request);
}

void AnsweredRequests::apply(const RequestForgotten& change) {
  const auto known = by_key_.find(change.key);
  if (known == by_key_.end()) return;
  by_age_.erase({known->second.at, change.key});
  by_key_.erase(known);
}

const AnsweredRequest* AnsweredRequests::find(const std::string& key) const {
  const auto known = by_key_.find(key);
  return known == by_key_.end() ? nullptr : &known->second;
}

std::vector<const AnsweredRequest*> AnsweredRequests::list_oldest(size_t count_max) const {
  std::vector<const AnsweredRequest*> oldest;
  for (auto next = by_age_.begin(); next != by_age_.end() && oldest.size() < count_max; ++next)
    oldest.push_back(&by_key_.at(next->second));
  return oldest;
}

}  // namespace aurora::core
