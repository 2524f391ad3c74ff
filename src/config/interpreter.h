// The embedded CPython. It takes every module from the executable's own data: no file, variable or site of the machine
// it runs on can change what a job file means.
#pragma once

#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora {

// Starts the interpreter with sys.argv = `arguments`; a second call does nothing.
// One per process, never ended: the process ends with it. The calling thread holds the GIL from then on.
Status start_interpreter(const std::vector<std::string>& arguments);

}  // namespace aurora
