// Part of a body, when a client asks to go on with a download (Range: bytes=FIRST-LAST). Pure.
#pragma once

#include <string>

#include "aurora/net/http.h"

namespace aurora::net {

// The answer cut to the range that `header` names, as 206, or 416 when the body has no such bytes. Unchanged
// for bodies of unknown length, no header, one that names several ranges, or one that is not understood.
Response apply_range(Response response, const std::string& header);

}  // namespace aurora::net
