// Standard output beside Console: what is made of bytes of others, or draws.
#pragma once

#include <string_view>

#include "aurora/client/console.h"

namespace aurora::client {

// As they are. REQUIRES: made safe, or standard output is no terminal.
void write_bytes(std::string_view bytes);
// The escape sequence; empty for Plain.
std::string_view colour_of(Tone tone);

}  // namespace aurora::client
