#include "core/cluster/host_index.h"

#include <algorithm>

namespace aurora::core {
namespace {

constexpr double kCpusForgiven = 5e-7;
// Less than any need, also than a need of nothing.
constexpr ResourceTotals kNothing{
    .cpus = -1, .ram_mb = -1, .disk_mb = -1, .gpus = -1, .ports = -1, .revocable_cpus = -1};

bool takes_tasks(MaintenanceMode mode) {
  return mode == MaintenanceMode::None || mode == MaintenanceMode::Scheduled;
}

ResourceTotals offered(const Host& host, bool is_connected, const ResourceTotals& available) {
  return is_connected && takes_tasks(host.mode) ? available : kNothing;
}

bool offers_itself(const Host& host) { return !is_dedicated(host) && takes_tasks(host.mode); }

}  // namespace

// Of what many tasks need none of, a host that has given away more than it has now has none left, and not
// less: it may take these.
bool fits(const ResourceTotals& need, const ResourceTotals& room) {
  constexpr auto left = [](auto amount) { return std::max(amount, decltype(amount){}); };
  return need.cpus <= left(room.cpus) + kCpusForgiven && need.ram_mb <= room.ram_mb &&
         need.disk_mb <= room.disk_mb && need.gpus <= left(room.gpus) && need.ports <= left(room.ports) &&
         need.revocable_cpus <= left(room.revocable_cpus) + kCpusForgiven;
}

size_t HostIndex::add(const Host& host) {
  hosts_.emplace_back().host = &host;
  if (hosts_.size() > leaves_) grow();
  const size_t position = hosts_.size() - 1;
  tree_[leaves_ + position] = kNothing;
  return position;
}

void HostIndex::set_attributes(size_t position, std::vector<HostAttribute> attributes) {
  hosts_[position].attributes = std::move(attributes);
}

void HostIndex::update(size_t position, bool is_connected, const ResourceTotals& available) {
  Entry& entry = hosts_[position];
  entry.is_connected = is_connected;
  entry.is_open = offers_itself(*entry.host);
  const ResourceTotals room = offered(*entry.host, is_connected, available);
  if (room == room_at(position)) return;
  if (!fits(room, room_at(position))) note_improved(position);
  set_room(position, room);
}

// The hosts are in a list by the version of their last improvement; this one becomes its end.
void HostIndex::note_improved(size_t position) {
  Entry& entry = hosts_[position];
  entry.improved = ++version_;
  if (position == last_improved_) return;
  if (entry.earlier != kNobody) hosts_[entry.earlier].later = entry.later;
  if (entry.later != kNobody) hosts_[entry.later].earlier = entry.earlier;
  if (last_improved_ != kNobody) hosts_[last_improved_].later = position;
  entry.earlier = last_improved_;
  entry.later = kNobody;
  last_improved_ = position;
}

std::vector<size_t> HostIndex::improved_since(uint64_t version) const {
  std::vector<size_t> positions;
  for (size_t at = last_improved_; at != kNobody && hosts_[at].improved > version; at = hosts_[at].earlier) {
    positions.push_back(at);
  }
  std::reverse(positions.begin(), positions.end());
  return positions;
}

bool HostIndex::agrees(size_t position, const Host& host, bool is_connected,
                       const ResourceTotals& available) const {
  return position < hosts_.size() && hosts_[position].host == &host &&
         hosts_[position].is_connected == is_connected && hosts_[position].is_open == offers_itself(host) &&
         room_at(position) == offered(host, is_connected, available);
}

bool HostIndex::agrees(size_t position, const std::vector<HostAttribute>& attributes) const {
  return hosts_[position].attributes == attributes;
}

void HostIndex::set_room(size_t position, const ResourceTotals& room) {
  size_t node = leaves_ + position;
  tree_[node] = room;
  for (node /= 2; node > 0; node /= 2) {
    const ResourceTotals above = most_of(tree_[2 * node], tree_[2 * node + 1]);
    if (above == tree_[node]) return;
    tree_[node] = above;
  }
}

ResourceTotals most_of(const ResourceTotals& a, const ResourceTotals& b) {
  return {.cpus = std::max(a.cpus, b.cpus),
          .ram_mb = std::max(a.ram_mb, b.ram_mb),
          .disk_mb = std::max(a.disk_mb, b.disk_mb),
          .gpus = std::max(a.gpus, b.gpus),
          .ports = std::max(a.ports, b.ports),
          .revocable_cpus = std::max(a.revocable_cpus, b.revocable_cpus)};
}

void HostIndex::grow() {
  std::vector<ResourceTotals> rooms(tree_.begin() + static_cast<std::ptrdiff_t>(leaves_), tree_.end());
  leaves_ *= 2;
  tree_.assign(2 * leaves_, kNothing);
  std::copy(rooms.begin(), rooms.end(), tree_.begin() + static_cast<std::ptrdiff_t>(leaves_));
  for (size_t node = leaves_ - 1; node > 0; --node)
    tree_[node] = most_of(tree_[2 * node], tree_[2 * node + 1]);
}

size_t HostIndex::find_room(const ResourceTotals& need, size_t from) const {
  if (from >= size()) return size();
  size_t node = leaves_ + from;
  while (true) {
    if (fits(need, tree_[node])) {
      if (node >= leaves_) return std::min(node - leaves_, size());
      node *= 2;
      continue;
    }
    // The next range to the right: up while this is a right child, then its sibling.
    while (node % 2 == 1) node /= 2;
    if (node == 0) return size();
    node += 1;
  }
}

}  // namespace aurora::core
