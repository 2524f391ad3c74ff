// What of this machine tasks may have: what is there, less what the system keeps, unless somebody says what
// to offer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/host/host.h"

namespace aurora::executor {

struct OfferPolicy {
  // Offered whatever is there; what is absent is measured.
  std::optional<double> cpus = {};
  std::optional<int64_t> ram_mb = {};
  std::optional<int64_t> disk_mb = {};
  // Of what is measured, for the system; absent: the defaults of make_offer().
  std::optional<double> reserved_cpus = {};
  std::optional<int64_t> reserved_ram_mb = {};
  std::optional<int64_t> reserved_disk_mb = {};
  double revocable_cpus = 0;           // offered beside `cpus`, to tasks of a revocable tier
  std::vector<std::string> gpus = {};  // their device files
  std::vector<core::PortRange> ports = {{31000, 32000}};
};

// What is there, and who says so: "all of this machine", "the limit of its control group".
struct Machine {
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;  // free
  std::string cpus_by;
  std::string ram_by;
  std::string disk_by;
};
// As far as this process may use it. `folder`: where the sandboxes are.
Machine measure_machine(const std::string& folder);

// One resource, for people.
struct OfferedAmount {
  std::string name;                // "cpus", as in ResourceTotals
  std::string unit;                // "cores", "MB", ""
  std::optional<double> detected;  // absent: nobody looks for it
  double reserved = 0;
  double offered = 0;
  std::string detail;  // where it comes from
};

struct HostOffer {
  core::ResourceTotals capacity;
  std::vector<OfferedAmount> amounts;
};
// By default the system keeps of memory 1 GB and of disk 5 GB, or half of what there is where that is less,
// and no core: who has the cores is decided by weight. An Error names the flag: it reserves all there is, or
// what is not measured.
Result<HostOffer> make_offer(const OfferPolicy& policy, const Machine& machine);

}  // namespace aurora::executor
