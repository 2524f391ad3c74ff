// Names and values, as monitoring reads them on /vars.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace aurora {

using Figures = std::map<std::string, double>;

// Every character outside [A-Za-z0-9_/.-] becomes '_', as in Aurora 0.22 (spec/scheduler.md §20).
std::string normalise_figure_name(std::string_view name);

}  // namespace aurora
