// Job keys as one types them, a part at a time: roles, a role's environments, their jobs. Each answer costs a binary
// search, however many jobs there are. Pure.
#pragma once

#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"

namespace aurora::api {

struct KeyCompletions {
  // "www/", "www/devel/", "www/devel/web": what the prefix can go on with, to the end of the part that it ends in. If there
  // are more than asked for, the first ones and the very last, so that what these have in common is what all have.
  std::vector<std::string> keys;
  bool is_complete = true;
};

// `prefix`: of role/environment/name. REQUIRES: count_max > 1.
KeyCompletions complete_key(const core::Cluster& cluster, const std::string& prefix, size_t count_max);

}  // namespace aurora::api
