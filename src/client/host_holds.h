// What keeps a host from being empty, in words: one place for every verb that tells it (spec/client.md §11.2).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aurora/client/session.h"
#include "aurora/codec/json.h"

namespace aurora::client {

// A line for each of the first tasks, `most` of them, and one for those that are not shown. `host`: of GET /v1/maintenance.
//   www/prod/web/3 (RUNNING): 18 of 20 instances would be up, policy wants 19
//   7 more
//   1 that the scheduler does not know: `aurora admin unknown_tasks` lists, kills or adopts them
std::vector<std::string> describe_holds(const codec::JsonValue& host, size_t most);

// Says what each host of a drain waits for, and again when that changes.
class HoldsNotice {
 public:
  explicit HoldsNotice(Session& session) : session_(session) {}
  void tell(const codec::JsonValue& host);  // "h1: DRAINING, 2 tasks left: ...; ...", or "h1: DRAINED"

 private:
  Session& session_;
  std::map<std::string, std::string> told_;  // by host
};

}  // namespace aurora::client
