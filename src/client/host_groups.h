// Hosts that go down together: `--grouping` of admin verbs (spec/client.md §11.2, §11.3).
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/scheduler_client.h"

namespace aurora::client {

// by_host, by_rack or none (all together); anything else is an error.
Status check_grouping(const std::string& grouping);

using HostGroup = std::pair<std::string, std::set<std::string>>;  // its name, its hosts
// In the order of their names. Racks are asked for: a host without one is a group of its own.
Result<std::vector<HostGroup>> make_host_groups(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                const std::string& grouping);

}  // namespace aurora::client
