// JSON values as Python 2 printed them.
#pragma once

#include <string>
#include <vector>

#include "aurora/codec/json_value.h"

namespace aurora {

std::string python_list(const std::vector<std::string>& words);  // ['a', 'b']
// As pprint.pformat(value, indent=4) with lists as tuples: objects sorted by name, broken where a line would
// be longer than 80 characters.
std::string pretty_python(const codec::JsonValue& value);

}  // namespace aurora
