// The cluster to which a host belongs, in a file of its own beside the journal: whoever moves the host to another
// cluster on purpose removes it while the executor is stopped. It holds the id twice, so that a damaged one is not taken for
// another cluster's; one that holds it once, written by hand, will do.
#pragma once

#include <string>

#include "aurora/base/result.h"

namespace aurora::executor {

// Empty if no cluster has accepted the host yet; DataLoss if the file holds no id.
Result<std::string> read_cluster_id(const std::string& state_dir);
Status write_cluster_id(const std::string& state_dir, const std::string& cluster_id);  // on disk when it returns

}  // namespace aurora::executor
