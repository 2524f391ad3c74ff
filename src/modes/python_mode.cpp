#include <iostream>
#include <string>
#include <vector>

#include "aurora/config/evaluator.h"
#include "modes/help_format.h"
#include "modes/mode.h"

namespace aurora {

// Its words are Python's own: SCRIPT [ARGS...], -c CODE, or - (spec/client.md §6.9).
int python_main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "-h" || first == "--help") {
    for (const char* paragraph :
         {"Run a script in the embedded interpreter.", "",
          "Usage: aurora python SCRIPT [ARGS...] | -c CODE [ARGS...] | - [ARGS...]", "",
          "Importable are Python's standard library, pystachio, apache.aurora.config.schema.base and apache.thermos.config.schema. "
          "Ends with the script's own status, 1 after a traceback.",
          "", "Example: aurora python -c 'from pystachio import *; print(Integer(5))'"})
      std::cout << wrap(paragraph, 0, 2, help_columns()) << "\n";
    return 0;
  }
  return config::run_python(std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace aurora
