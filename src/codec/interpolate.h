// References in the texts of a task: {{name}}, {{name[index]}}, {{&escaped}} (spec/config-language.md §3.5).
#pragma once

#include <map>
#include <string>
#include <vector>

namespace aurora::codec {

// One interpolation pass: replaces the references that `values` has, again in what they bring in, then takes one & off
// each {{&x}}. References that are left are returned in `unbound`.
struct Interpolated {
  std::string text;
  std::vector<std::string> unbound;
};
Interpolated interpolate(std::string text, const std::map<std::string, std::string>& values);

}  // namespace aurora::codec
