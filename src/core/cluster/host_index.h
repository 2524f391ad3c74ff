// The hosts that take tasks now and how much room each has, so that "who has room?" needs no scan of all
// hosts. Kept by Cluster::apply(). A host keeps its position for ever; one that offers nothing has no room.
#pragma once

#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "aurora/core/cluster/change.h"
#include "aurora/core/host/offer_order.h"
#include "core/cluster/attribute_pool.h"
#include "core/cluster/room_tree.h"

namespace aurora::core {

class HostIndex {
 public:
  explicit HostIndex(OfferOrder order = {}) : order_(std::move(order)) {}
  // The position of a new host, for ever. `host` is read whenever somebody asks, and must not move.
  size_t add(const Host& host);
  void set_attributes(size_t position, std::vector<HostAttribute> attributes);
  // Call after anything about the host changed. A host that is not connected, or is being emptied for
  // maintenance, offers nothing. `cleared`: what it would have left without the tasks that may have to go for others.
  void update(size_t position, bool is_connected, const ResourceTotals& available, const ResourceTotals& cleared);
  // What update() does not compare is different now: the host's attributes, its mode, which ports are free.
  void note_changed(size_t position) { note_improved(position); }
  // The index says of the host what update() with these values would make it say.
  bool agrees(size_t position, const Host& host, bool is_connected, const ResourceTotals& available,
              const ResourceTotals& cleared) const;
  bool agrees(size_t position, const std::vector<HostAttribute>& attributes) const;
  bool is_in_order() const;  // each host that offers something stands once in the site's order, by what it has left

  size_t size() const { return hosts_.size(); }  // positions, also of hosts that offer nothing now
  // The first host at or after `from` that has room; size() if there is none. Skips whole ranges of full
  // hosts.
  size_t find_room(const ResourceTotals& need, size_t from) const { return room_.find(need, from); }
  // In the order of the site, if it has keys: the next host behind `last` that has room, or nothing once `looks_max` were
  // asked.
  using InOrder = std::pair<OfferRank, size_t>;  // a rank and a position
  std::optional<InOrder> next_in_order(const ResourceTotals& need, const std::optional<InOrder>& last,
                                       size_t looks_max) const;
  const OfferOrder& order() const { return order_; }
  // The same of hosts that would have room if some tasks went.
  size_t find_cleared(const ResourceTotals& need, size_t from) const { return cleared_.find(need, from); }

  // Set while a record of the cluster keeps the host for one configuration; null otherwise. Not a copy.
  void set_reservation(size_t position, const HostReserved* reservation) {
    hosts_[position].reservation = reservation;
    note_improved(position);
  }
  const HostReserved* reservation_at(size_t position) const { return hosts_[position].reservation; }
  // How many instances are kept for the host: others do not go there.
  void set_kept(size_t position, size_t instances) {
    hosts_[position].kept = instances;
    note_improved(position);
  }
  size_t kept_at(size_t position) const { return hosts_[position].kept; }

  // Grows whenever a host may take tasks that it did not take before.
  uint64_t version() const { return version_; }
  // The hosts of which that is true since then, longest ago first.
  std::vector<size_t> improved_since(uint64_t version) const;

  const Host& host_at(size_t position) const { return *hosts_[position].host; }
  bool is_connected(size_t position) const { return hosts_[position].is_connected; }
  // Neither dedicated nor emptied for maintenance.
  bool is_open(size_t position) const { return hosts_[position].is_open; }
  const std::vector<HostAttribute>& attributes_at(size_t position) const {
    return hosts_[position].attributes;
  }
  const ResourceTotals& room_at(size_t position) const { return room_.at(position); }

 private:
  void note_improved(size_t position);
  void set_room(size_t position, const ResourceTotals& room);
  std::vector<OfferKey> first_key() const;

  static constexpr size_t kNobody = std::numeric_limits<size_t>::max();
  struct Entry {
    const Host* host = nullptr;
    const HostReserved* reservation = nullptr;
    size_t kept = 0;
    bool is_connected = false;
    bool is_open = false;
    std::vector<HostAttribute> attributes = {};  // those of a name beside each other
    uint64_t improved = 0;                       // the version at which it last did; 0: never
    size_t earlier = kNobody;                    // the hosts that improved before and after it
    size_t later = kNobody;
  };
  std::vector<Entry> hosts_;
  size_t last_improved_ = kNobody;
  const OfferOrder order_;
  std::set<InOrder> in_order_;  // hosts that offer something; empty if the order has no keys
  RoomTree room_;
  RoomTree cleared_;
  uint64_t version_ = 0;
};

}  // namespace aurora::core
