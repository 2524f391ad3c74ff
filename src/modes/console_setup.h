// How the client's output looks on the terminal that this process has.
#pragma once

#include "aurora/client/console.h"

namespace aurora {

client::ConsoleConfig console_config(bool is_quiet, bool is_verbose);

}  // namespace aurora
