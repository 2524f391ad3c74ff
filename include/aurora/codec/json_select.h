// Parts of a JSON text, copied out without building a tree: what an answer keeps when somebody asks for some of its fields.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "aurora/base/result.h"

namespace aurora::codec {

// Which members of an object stay, and what of them: those of each object in a list, where there is a list. Without
// members: all of it.
struct Selection {
  std::map<std::string, Selection, std::less<>> members;
};

// REQUIRES: `json` is valid (this program wrote it); other text is an error or comes back in parts.
Result<std::string> select(std::string_view json, const Selection& selection);
// The same for the items of the object's member `list`; its other members stay as they are.
Result<std::string> select_in_list(std::string_view json, std::string_view list, const Selection& selection);

}  // namespace aurora::codec
