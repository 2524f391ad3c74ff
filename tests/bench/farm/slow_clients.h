// Clients that cost their server a descriptor each and nothing else, if it is a good one: some send a request byte by
// byte and never finish, some were served once and say nothing any more.
#pragma once

#include "farm/event_loop.h"
#include "farm/http_caller.h"

namespace aurora::farm {

struct SlowClientsConfig {
  CallerConfig scheduler = {};
  size_t trickling = 400;
  size_t idle = 10'000;
  Duration pause = milliseconds(500);  // between two bytes
};

// Says {"ready":true} once all are there; ends with its standard input, and then says how many were closed.
void run_slow_clients(EventLoop& loop, const SlowClientsConfig& config);

}  // namespace aurora::farm
