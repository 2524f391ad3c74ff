#include "core/cluster/host_index.h"

#include <algorithm>

namespace aurora::core {
namespace {

bool takes_tasks(MaintenanceMode mode) {
  return mode == MaintenanceMode::None || mode == MaintenanceMode::Scheduled;
}

ResourceTotals offered(const Host& host, bool is_connected, const ResourceTotals& available) {
  return is_connected && takes_tasks(host.mode) ? available : kNoRoom;
}

bool offers_itself(const Host& host) { return !is_dedicated(host) && takes_tasks(host.mode); }

}  // namespace

size_t HostIndex::add(const Host& host) {
  hosts_.emplace_back().host = &host;
  room_.add();
  cleared_.add();
  return hosts_.size() - 1;
}

void HostIndex::set_attributes(size_t position, std::vector<HostAttribute> attributes) {
  hosts_[position].attributes = std::move(attributes);
}

void HostIndex::update(size_t position, bool is_connected, const ResourceTotals& available,
                       const ResourceTotals& cleared) {
  Entry& entry = hosts_[position];
  entry.is_connected = is_connected;
  entry.is_open = offers_itself(*entry.host);
  cleared_.set(position, offered(*entry.host, is_connected, cleared));
  const ResourceTotals room = offered(*entry.host, is_connected, available);
  if (room == room_at(position)) return;
  if (!fits(room, room_at(position))) note_improved(position);
  set_room(position, room);
}

void HostIndex::set_room(size_t position, const ResourceTotals& room) {
  if (!order_.keys.empty()) {
    in_order_.erase({rank_of(room_at(position), order_), position});
    if (room != kNoRoom) in_order_.emplace(rank_of(room, order_), position);
  }
  room_.set(position, room);
}

std::optional<HostIndex::InOrder> HostIndex::next_in_order(const ResourceTotals& need, const std::optional<InOrder>& last,
                                                           size_t looks_max) const {
  auto entry = last ? in_order_.upper_bound(*last) : in_order_.lower_bound({rank_of(need, {.keys = first_key(), .spread_over = ""}), 0});
  for (size_t looks = 0; entry != in_order_.end() && looks < looks_max; ++entry, ++looks) {
    if (fits(need, room_at(entry->second))) return *entry;
  }
  return std::nullopt;
}

bool HostIndex::is_in_order() const {
  std::set<InOrder> wanted;
  for (size_t position = 0; position < size() && !order_.keys.empty(); ++position) {
    if (room_at(position) != kNoRoom) wanted.emplace(rank_of(room_at(position), order_), position);
  }
  return wanted == in_order_;
}

// What has less than the need of the first amount cannot take it.
std::vector<OfferKey> HostIndex::first_key() const {
  if (order_.keys.front() == OfferKey::RevocableCpu) return {};
  return {order_.keys.front()};
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

bool HostIndex::agrees(size_t position, const Host& host, bool is_connected, const ResourceTotals& available,
                       const ResourceTotals& cleared) const {
  return position < hosts_.size() && hosts_[position].host == &host &&
         hosts_[position].is_connected == is_connected && hosts_[position].is_open == offers_itself(host) &&
         room_at(position) == offered(host, is_connected, available) &&
         cleared_.at(position) == offered(host, is_connected, cleared);
}

bool HostIndex::agrees(size_t position, const std::vector<HostAttribute>& attributes) const {
  return hosts_[position].attributes == attributes;
}

}  // namespace aurora::core
