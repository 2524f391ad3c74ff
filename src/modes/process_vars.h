// What /vars says of the process and its machine, under Aurora's names (spec/scheduler.md §20).
#pragma once

#include <functional>
#include <map>
#include <string>

namespace aurora {

// Thread-safe. "Utilized" is since the last call, or since this one for the first.
std::function<std::map<std::string, double>()> make_process_vars();

}  // namespace aurora
