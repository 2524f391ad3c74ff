// Messages between the scheduler, hosts and clients: late, lost, repeated, out of order, or cut off by a
// partition.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "sim/world.h"

namespace aurora::sim {

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  // `deliver` runs on arrival: never, once or twice. `host` is the host at one of the two ends.
  void send(const std::string& host, const std::function<void()>& deliver);
  void cut(const std::string& host, Duration time);
  void set_quality(double drop, double repeat, Duration delay_max);
  void heal();  // a good network from now on

 private:
  bool is_cut(const std::string& host) const { return cut_.contains(host); }

  World& world_;
  double drop_ = 0;
  double repeat_ = 0;
  Duration delay_max_ = milliseconds(20);
  std::multiset<std::string> cut_;
};

}  // namespace aurora::sim
