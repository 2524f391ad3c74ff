#include "core/reconciliation/registration.h"

#include <cmath>
#include <utility>

#include "aurora/base/digits.h"
#include "core/host/ports.h"

namespace aurora::core {
namespace {

constexpr int32_t kPortMax = 65535;
// Of one host; sums over any number of hosts stay far from overflow.
constexpr double kCpusMax = 1'000'000;
constexpr int64_t kAmountMax = int64_t{1} << 40;

Error invalid(const Host& host, const std::string& what) {
  return Error{ErrorCode::InvalidArgument, "Host '" + host.id.value() + "' can't be registered: " + what};
}

Status check_capacity(const Host& host) {
  const ResourceTotals& has = host.capacity;
  const auto is_amount = [](double cpus) { return std::isfinite(cpus) && cpus >= 0; };
  if (!is_amount(has.cpus) || !is_amount(has.revocable_cpus) || has.ram_mb < 0 || has.disk_mb < 0 ||
      has.gpus < 0) {
    return invalid(host, "its capacity has a negative amount; every amount must be 0 or more.");
  }
  if (has.cpus > kCpusMax || has.revocable_cpus > kCpusMax || has.ram_mb > kAmountMax ||
      has.disk_mb > kAmountMax || has.gpus > kAmountMax) {
    return invalid(host, "its capacity is beyond any machine: at most " + grouped_digits(static_cast<int64_t>(kCpusMax)) +
                             " cpus, and " + grouped_digits(kAmountMax) + " of ramMb, diskMb and gpus.");
  }
  for (const PortRange& range : host.port_ranges) {
    if (range.first < 1 || range.last > kPortMax || range.first > range.last) {
      return invalid(host, "port range " + std::to_string(range.first) + "-" + std::to_string(range.last) +
                               " must lie within 1-" + std::to_string(kPortMax) + ", smaller number first.");
    }
  }
  return Unit{};
}

}  // namespace

Result<Host> accept_registration(Host host, const Host* known) {
  if (host.id.empty()) return invalid(host, "it has no name; give the executor a host name.");
  TRY(check_capacity(host));
  host.capacity.ports = count_ports(host.port_ranges);
  if (host.attributes["host"].empty()) host.attributes["host"].insert(host.id.value());
  host.mode = known ? known->mode : MaintenanceMode::None;
  host.drain = known ? known->drain : OptionalBox<DrainRequest>();
  host.mode_request = known ? known->mode_request : OptionalBox<ModeRequest>();
  host.silences = known ? known->silences : std::nullopt;
  return host;
}

}  // namespace aurora::core
