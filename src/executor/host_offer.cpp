#include "aurora/executor/host_offer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "aurora/os/machine.h"
#include "aurora/os/own_limits.h"

namespace aurora::executor {
namespace {

constexpr int64_t kReservedRamMb = 1024;
constexpr int64_t kReservedDiskMb = 5 * 1024;
const char* const kOfItsGroup = "a limit of the control group that the executor is in";

std::string to_text(double amount, const std::string& unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.10g %s", amount, unit.c_str());
  return text;
}

struct Wish {
  const char* flag;  // "cpus", also of --reserve_
  std::string unit;
  std::optional<double> offered;
  std::optional<double> reserved;
  double reserved_by_default = 0;
};

Result<OfferedAmount> weigh(const std::string& name, const Wish& wish, double there, const std::string& by) {
  OfferedAmount amount{name, wish.unit, there, 0, 0, by};
  const std::string flag = wish.flag;
  if (wish.offered && wish.reserved) {
    return Error{ErrorCode::InvalidArgument, "--reserve_" + flag + " is kept of what is detected, and --" +
                                                 flag +
                                                 " says what to offer, whatever is there: give one of them"};
  }
  if (wish.offered) {
    amount.offered = *wish.offered;
    amount.detail = "as --" + flag + " says; detected is " + by;
    return amount;
  }
  amount.reserved = wish.reserved.value_or(std::floor(std::min(wish.reserved_by_default, there / 2)));
  amount.offered = there - amount.reserved;
  if (wish.reserved && !(amount.offered > 0)) {  // also of what is no number
    return Error{ErrorCode::InvalidArgument,
                 "--reserve_" + flag + " keeps " + to_text(amount.reserved, wish.unit) +
                     ", and there is no more than " + to_text(there, wish.unit) + " (" + by +
                     "): reserve less, or say with --" + flag + " what to offer"};
  }
  return amount;
}

std::optional<double> number_of(std::optional<int64_t> amount) {
  return amount ? std::optional(static_cast<double>(*amount)) : std::nullopt;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int64_t whole(const OfferedAmount& amount) { return static_cast<int64_t>(amount.offered); }

}  // namespace

Machine measure_machine(const std::string& folder) {
  Machine machine;
  const os::OwnLimits limits = os::find_own_limits();
  machine.cpus = os::count_cpus();
  machine.cpus_by =
      machine.cpus < os::count_all_cpus() ? "the CPUs that the executor may use" : "all of this machine";
  if (limits.cpus && *limits.cpus < machine.cpus) {
    machine.cpus = *limits.cpus;
    machine.cpus_by = kOfItsGroup;
  }
  machine.ram_mb = os::memory_megabytes();
  machine.ram_by = "all of this machine";
  if (limits.memory_bytes && *limits.memory_bytes >> 20 < machine.ram_mb) {
    machine.ram_mb = *limits.memory_bytes >> 20;
    machine.ram_by = kOfItsGroup;
  }
  machine.disk_mb = os::free_disk_megabytes(folder);
  machine.disk_by = "what was free in " + folder + " when the executor started";
  return machine;
}

Result<HostOffer> make_offer(const OfferPolicy& policy, const Machine& machine) {
  HostOffer offer;
  const OfferedAmount cpus =
      TRY(weigh("cpus", {"cpus", "cores", policy.cpus, policy.reserved_cpus}, machine.cpus, machine.cpus_by));
  const OfferedAmount ram = TRY(weigh(
      "ramMb", {"ram", "MB", number_of(policy.ram_mb), number_of(policy.reserved_ram_mb), kReservedRamMb},
      static_cast<double>(machine.ram_mb), machine.ram_by));
  const OfferedAmount disk = TRY(
      weigh("diskMb",
            {"disk", "MB", number_of(policy.disk_mb), number_of(policy.reserved_disk_mb), kReservedDiskMb},
            static_cast<double>(machine.disk_mb), machine.disk_by));
  core::ResourceTotals& capacity = offer.capacity;
  capacity.cpus = cpus.offered;
  capacity.ram_mb = whole(ram);
  capacity.disk_mb = whole(disk);
  capacity.gpus = static_cast<int64_t>(policy.gpus.size());
  for (const core::PortRange& range : policy.ports) capacity.ports += range.last - range.first + 1;
  capacity.revocable_cpus = policy.revocable_cpus;
  offer.amounts = {cpus, ram, disk};
  offer.amounts.push_back(
      {"revocableCpus", "cores", std::nullopt, 0, policy.revocable_cpus,
       "as --revocable_cpus says: for tasks of a revocable tier, which get what others leave"});
  offer.amounts.push_back(
      {"gpus", "", std::nullopt, 0, static_cast<double>(capacity.gpus),
       policy.gpus.empty() ? "none, as --gpus says none" : "as --gpus says: " + join(policy.gpus)});
  offer.amounts.push_back(
      {"ports", "", std::nullopt, 0, static_cast<double>(capacity.ports), "as --ports says"});
  return offer;
}

}  // namespace aurora::executor
