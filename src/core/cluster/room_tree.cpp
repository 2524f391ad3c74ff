#include "core/cluster/room_tree.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr double kCpusForgiven = 5e-7;

}  // namespace

// Of what many tasks need none of, a host that has given away more than it has now has none left, and not
// less: it may take these.
bool fits(const ResourceTotals& need, const ResourceTotals& room) {
  constexpr auto left = [](auto amount) { return std::max(amount, decltype(amount){}); };
  return need.cpus <= left(room.cpus) + kCpusForgiven && need.ram_mb <= room.ram_mb &&
         need.disk_mb <= room.disk_mb && need.gpus <= left(room.gpus) && need.ports <= left(room.ports) &&
         need.revocable_cpus <= left(room.revocable_cpus) + kCpusForgiven;
}

ResourceTotals most_of(const ResourceTotals& a, const ResourceTotals& b) {
  return {.cpus = std::max(a.cpus, b.cpus),
          .ram_mb = std::max(a.ram_mb, b.ram_mb),
          .disk_mb = std::max(a.disk_mb, b.disk_mb),
          .gpus = std::max(a.gpus, b.gpus),
          .ports = std::max(a.ports, b.ports),
          .revocable_cpus = std::max(a.revocable_cpus, b.revocable_cpus)};
}

void RoomTree::add() {
  if (++size_ > leaves_) grow();
  nodes_[leaves_ + size_ - 1] = kNoRoom;
}

void RoomTree::set(size_t position, const ResourceTotals& room) {
  size_t node = leaves_ + position;
  if (nodes_[node] == room) return;
  nodes_[node] = room;
  for (node /= 2; node > 0; node /= 2) {
    const ResourceTotals above = most_of(nodes_[2 * node], nodes_[2 * node + 1]);
    if (above == nodes_[node]) return;
    nodes_[node] = above;
  }
}

void RoomTree::grow() {
  std::vector<ResourceTotals> rooms(nodes_.begin() + static_cast<std::ptrdiff_t>(leaves_), nodes_.end());
  leaves_ *= 2;
  nodes_.assign(2 * leaves_, kNoRoom);
  std::copy(rooms.begin(), rooms.end(), nodes_.begin() + static_cast<std::ptrdiff_t>(leaves_));
  for (size_t node = leaves_ - 1; node > 0; --node)
    nodes_[node] = most_of(nodes_[2 * node], nodes_[2 * node + 1]);
}

size_t RoomTree::find(const ResourceTotals& need, size_t from) const {
  if (from >= size_) return size_;
  size_t node = leaves_ + from;
  while (true) {
    if (fits(need, nodes_[node])) {
      if (node >= leaves_) return std::min(node - leaves_, size_);
      node *= 2;
      continue;
    }
    // The next range to the right: up while this is a right child, then its sibling.
    while (node % 2 == 1) node /= 2;
    if (node == 0) return size_;
    node += 1;
  }
}

}  // namespace aurora::core
