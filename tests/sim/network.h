// Messages between the scheduler, hosts and clients: late, lost, repeated, out of order, or cut off by a
// partition.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "sim/world.h"

namespace aurora::sim {

// One direction between a host and the scheduler.
enum class Way { ToHost, ToScheduler };

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  // `deliver` runs on arrival: never, once or twice.
  void send(const std::string& host, Way way, const std::function<void()>& deliver);
  void cut(const std::string& host, Way way, Duration time);
  void set_quality(double drop, double repeat, Duration delay_max);
  void heal();  // a good network from now on

 private:
  using Line = std::pair<std::string, Way>;

  World& world_;
  double drop_ = 0;
  double repeat_ = 0;
  Duration delay_max_ = milliseconds(20);
  std::multiset<Line> cut_;
};

}  // namespace aurora::sim
