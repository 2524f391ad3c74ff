// Connections that follow what happens: each has been given an HTTP answer without an end, to which texts are
// added as they come. One thread writes to all of them, and waits for none: who does not read keeps nobody
// waiting, holds one text that it has not taken, and is cut off when it has taken nothing for untaken_max.
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aurora/base/counters.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"
#include "aurora/net/http.h"

namespace aurora::net {

// What one of them is to get. Asked on the thread of all, so it must not wait.
class Feed {
 public:
  using Text = std::shared_ptr<const std::string>;  // may be that of many feeds
  virtual ~Feed() = default;
  // What comes next, once all before was sent. nullptr: nothing yet. nullopt: what came next is lost, and the
  // connection ends.
  virtual std::optional<Text> next() = 0;
  // What is sent to one that has got nothing for quiet_max.
  virtual Text still_here() = 0;
};

struct FollowerLimits {
  size_t followers_max = 2'000;        // and at most a quarter of the descriptors this process may have
  Duration untaken_max = seconds(30);  // of what was sent
  Duration quiet_max = seconds(15);
  // What wakes them all costs a write each. After such a round nobody is written to for so many times as long
  // as it took of the CPU, rest_max at most: what comes meanwhile leaves together.
  int64_t rest_factor = 19;  // 5 % of a core
  Duration rest_max = seconds(1);
};

class Followers {
 public:
  // `counters`: `name`_active, _started, _refused, _cut_off, _bytes, _writes. Outlive this.
  Followers(FollowerLimits limits, std::string name, Counters& counters);
  ~Followers();  // stops
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;

  // An answer for a route that hands over: 200 and then what `feed` has. ResourceExhausted: there are
  // followers_max.
  Result<Response> follow(std::string content_type, std::unique_ptr<Feed> feed);
  void wake();  // feeds have something new. Never waits
  void stop();  // closes all; what comes later is closed at once

  size_t followers_max() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aurora::net
