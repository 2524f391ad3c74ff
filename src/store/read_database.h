// A database as it is, read only.
#pragma once

#include <string>

#include "aurora/store/store.h"

namespace aurora::store {

// What load() of an opened store gives, with the same refusals, but nothing in the folder is changed. The folder is claimed
// meanwhile. Returns the cluster's id. REQUIRES: !is_replacement_decided(folder): that would be put in place.
Result<std::string> read_database(const std::string& folder, const Store::Take& take);

}  // namespace aurora::store
