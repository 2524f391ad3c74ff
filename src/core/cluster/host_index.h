// The hosts that take tasks now and how much room each has, so that "who has room?" needs no scan of all
// hosts. Kept by Cluster::apply(). A host keeps its position for ever; one that offers nothing has no room.
#pragma once

#include <limits>
#include <vector>

#include "aurora/core/host/host.h"
#include "core/cluster/attribute_pool.h"

namespace aurora::core {

// Every amount of `need` is there. Cores count in millionths: half of one is rounding.
bool fits(const ResourceTotals& need, const ResourceTotals& room);
// Of every amount the larger one.
ResourceTotals most_of(const ResourceTotals& a, const ResourceTotals& b);

class HostIndex {
 public:
  // The position of a new host, for ever. `host` is read whenever somebody asks, and must not move.
  size_t add(const Host& host);
  void set_attributes(size_t position, std::vector<HostAttribute> attributes);
  // Call after anything about the host changed. A host that is not connected, or is being emptied for
  // maintenance, offers nothing.
  void update(size_t position, bool is_connected, const ResourceTotals& available);
  // What update() does not compare is different now: the host's attributes, its mode, which ports are free.
  void note_changed(size_t position) { note_improved(position); }
  // The index says of the host what update() with these values would make it say.
  bool agrees(size_t position, const Host& host, bool is_connected, const ResourceTotals& available) const;
  bool agrees(size_t position, const std::vector<HostAttribute>& attributes) const;

  size_t size() const { return hosts_.size(); }  // positions, also of hosts that offer nothing now
  // The first host at or after `from` that has room; size() if there is none. Skips whole ranges of full
  // hosts.
  size_t find_room(const ResourceTotals& need, size_t from) const;

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
  const ResourceTotals& room_at(size_t position) const { return tree_[leaves_ + position]; }

 private:
  void set_room(size_t position, const ResourceTotals& room);
  void note_improved(size_t position);
  void grow();

  static constexpr size_t kNobody = std::numeric_limits<size_t>::max();
  struct Entry {
    const Host* host = nullptr;
    bool is_connected = false;
    bool is_open = false;
    std::vector<HostAttribute> attributes = {};  // those of a name beside each other
    uint64_t improved = 0;                       // the version at which it last did; 0: never
    size_t earlier = kNobody;                    // the hosts that improved before and after it
    size_t later = kNobody;
  };
  std::vector<Entry> hosts_;
  size_t last_improved_ = kNobody;
  // A complete binary tree, root at 1, leaves from `leaves_` on: each node holds the most of every resource
  // that any one host below it has.
  std::vector<ResourceTotals> tree_ = std::vector<ResourceTotals>(2);
  size_t leaves_ = 1;
  uint64_t version_ = 0;
};

}  // namespace aurora::core
