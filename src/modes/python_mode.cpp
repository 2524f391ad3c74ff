#include <string>
#include <vector>

#include "aurora/config/evaluator.h"
#include "modes/mode.h"

namespace aurora {

// Its words are Python's own: SCRIPT [ARGS...], -c CODE, or - (spec/client.md §6.9).
int python_main(int argc, char** argv) { return config::run_python(std::vector<std::string>(argv + 1, argv + argc)); }

}  // namespace aurora
