#include "sim/network.h"

namespace aurora::sim {

void Network::send(const std::string& host, Way way, const std::function<void()>& deliver) {
  const int copies = world_.chance(drop_) ? 0 : world_.chance(repeat_) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    world_.after(world_.between(milliseconds(1), delay_max_), [this, line = Line(host, way), deliver] {
      if (!cut_.contains(line)) deliver();
    });
  }
}

void Network::cut(const std::string& host, Way way, Duration time) {
  world_.note("network: nothing gets " + std::string(way == Way::ToHost ? "to " : "from ") + host + " for " +
              std::to_string(time.ms) + " ms");
  cut_.emplace(host, way);
  world_.after(time, [this, line = Line(host, way)] {
    if (const auto found = cut_.find(line); found != cut_.end()) cut_.erase(found);
  });
}

void Network::set_quality(double drop, double repeat, Duration delay_max) {
  drop_ = drop;
  repeat_ = repeat;
  delay_max_ = delay_max;
}

void Network::heal() {
  set_quality(0, 0, milliseconds(20));
  cut_.clear();
}

}  // namespace aurora::sim
