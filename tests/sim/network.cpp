#include "sim/network.h"

namespace aurora::sim {

void Network::send(const std::string& host, const std::function<void()>& deliver) {
  const int copies = world_.chance(drop_) ? 0 : world_.chance(repeat_) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    world_.after(world_.between(milliseconds(1), delay_max_), [this, host, deliver] {
      if (!is_cut(host)) deliver();
    });
  }
}

void Network::cut(const std::string& host, Duration time) {
  world_.note("network: " + host + " is cut off for " + std::to_string(time.ms) + " ms");
  cut_.insert(host);
  world_.after(time, [this, host] {
    if (const auto found = cut_.find(host); found != cut_.end()) cut_.erase(found);
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
