#include "core/update/batch_strategy.h"

#include <algorithm>

namespace aurora::core {
namespace {

size_t at_least_one(int32_t size) { return static_cast<size_t>(std::max(size, 1)); }

// The batch that is due once `done` instances are behind; beyond the list the last size repeats.
size_t forward_size(const std::vector<int32_t>& sizes, size_t done) {
  size_t sum = 0;
  for (int32_t size : sizes) {
    sum += at_least_one(size);
    if (sum > done) return at_least_one(size);
  }
  return at_least_one(sizes.back());
}

// Batches in reverse: what is left over after the batches before it.
size_t back_size(const std::vector<int32_t>& sizes, size_t idle) {
  size_t left = idle;
  for (int32_t size : sizes) {
    if (left <= at_least_one(size)) return left;
    left -= at_least_one(size);
  }
  const size_t last = at_least_one(sizes.back());
  return left % last == 0 ? last : left % last;
}

struct GroupSize {
  const Advance& advance;
  UpdateDirection direction;

  size_t operator()(const QueueStrategy& strategy) const {
    const size_t limit = at_least_one(strategy.group_size);
    return limit > advance.working ? limit - advance.working : 0;
  }
  size_t operator()(const BatchStrategy& strategy) const {
    return advance.working > 0 ? 0 : at_least_one(strategy.group_size);
  }
  size_t operator()(const VariableBatchStrategy& strategy) const {
    if (advance.working > 0) return 0;
    if (strategy.group_sizes.empty()) return 1;
    return direction == UpdateDirection::Forward
               ? forward_size(strategy.group_sizes, advance.total - advance.idle)
               : back_size(strategy.group_sizes, advance.idle);
  }
};

}  // namespace

UpdateStrategy strategy_of(const UpdateSettings& settings) {
  if (settings.update_strategy) return *settings.update_strategy;
  if (settings.wait_for_batch_completion) return BatchStrategy{.group_size = settings.update_group_size};
  return QueueStrategy{.group_size = settings.update_group_size};
}

bool pauses_after_batch(const UpdateStrategy& strategy) {
  if (const auto* batch = std::get_if<BatchStrategy>(&strategy)) return batch->autopause_after_batch;
  if (const auto* variable = std::get_if<VariableBatchStrategy>(&strategy))
    return variable->autopause_after_batch;
  return false;
}

std::vector<int32_t> order_instances(const std::set<int32_t>& initial, const std::set<int32_t>& desired,
                                     UpdateDirection direction) {
  std::vector<int32_t> create, update, kill;
  for (int32_t id : desired) (initial.count(id) > 0 ? update : create).push_back(id);
  for (int32_t id : initial) {
    if (desired.count(id) == 0) kill.push_back(id);
  }
  std::vector<int32_t> order = std::move(create);
  order.insert(order.end(), update.begin(), update.end());
  order.insert(order.end(), kill.begin(), kill.end());
  if (direction == UpdateDirection::Back) std::reverse(order.begin(), order.end());
  return order;
}

size_t next_group_size(const UpdateStrategy& strategy, const Advance& advance, UpdateDirection direction) {
  return std::min(std::visit(GroupSize{advance, direction}, strategy), advance.idle);
}

}  // namespace aurora::core
