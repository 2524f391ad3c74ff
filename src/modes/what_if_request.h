// The words of `aurora whatif` against a copied state: which hosts `--lose rack=r1` names, what `--add-hosts` adds. Pure;
// what is not there is answered with what is.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/host/host.h"

namespace aurora {

using KnownHosts = std::map<core::HostId, core::Host>;

// Each is HOST or ATTRIBUTE=VALUE. `option`: for errors.
Result<std::set<core::HostId>> choose_hosts(const std::vector<std::string>& words, const std::string& option, const KnownHosts& known);

// "10:cpus=32,ram=128GB,disk=1TB,rack=r9": so many hosts (one, if no number is given) with these resources, and other
// names as attributes. Named added-1, added-2, ...; added to `known`, too.
Result<std::vector<core::Host>> make_hosts(const std::vector<std::string>& words, KnownHosts& known);

// An attribute that some host has.
Status check_attribute(const std::string& attribute, const KnownHosts& known);

}  // namespace aurora
