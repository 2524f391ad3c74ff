// Shows how two texts differ: what runs (remote) and what the file says (local).
#pragma once

#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

struct DiffSides {
  std::string remote;
  std::string local;
  std::string remote_name;
  std::string local_name;
};
// Both: true when they differ; an error holds the program's exit status.
// Through $DIFF_VIEWER, `diff`, or by itself where there is no such program, as `diff` without options prints it. The
// program gets the terminal, so that interactive ones work.
Result<bool> show_difference(Session& session, const DiffSides& sides);
// Through $DIFF_VIEWER if there is one, else as `diff -u` prints it, in colours where the terminal has them.
Result<bool> show_unified(Session& session, const DiffSides& sides);

}  // namespace aurora::client
