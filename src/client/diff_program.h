// Shows how two texts differ: through $DIFF_VIEWER, `diff`, or by itself where there is no such program.
#pragma once

#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

// True when they differ. The program gets the terminal, so that interactive ones work. An error holds its exit status.
Result<bool> show_difference(Session& session, const std::string& remote, const std::string& local);

// What `diff` prints; empty when equal.
std::string line_difference(const std::string& left, const std::string& right);

}  // namespace aurora::client
