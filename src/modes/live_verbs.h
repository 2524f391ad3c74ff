// Verbs that show what goes on: parts of the table of modes/client_verbs.h.
#pragma once

#include "modes/client_verbs.h"

namespace aurora {

std::vector<ClientVerb> live_verbs();  // job watch, top
std::vector<ClientVerb> host_verbs();

}  // namespace aurora
