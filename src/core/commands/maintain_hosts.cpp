// Hosts into maintenance, out of it, and emptied (spec/scheduler.md §11.1).
#include <cmath>

#include "aurora/core/commands/command.h"
#include "core/maintenance/drain_host.h"

namespace aurora::core {
namespace {

constexpr int64_t kTimeoutSecsMax = 365LL * 24 * 3600;

Error invalid(std::string text) { return {ErrorCode::InvalidArgument, std::move(text)}; }

Status check_hosts(const std::set<HostId>& hosts) {
  if (hosts.empty()) return invalid("No hosts: name at least one.");
  if (hosts.size() <= kHostsPerRequestMax) return Unit{};
  return invalid(std::to_string(hosts.size()) + " hosts: a request may name at most " +
                 std::to_string(kHostsPerRequestMax) + ". Send several.");
}

Status check_duration(int64_t duration_secs, const JobLimits& limits) {
  if (duration_secs >= 0 && duration_secs <= limits.sla_duration_secs_max) return Unit{};
  return invalid("durationSecs=" + std::to_string(duration_secs) + " must be between 0 and " +
                 std::to_string(limits.sla_duration_secs_max) + " (--max_sla_duration_secs).");
}

Status check(const PercentageSlaPolicy& policy, const JobLimits& limits) {
  if (!std::isfinite(policy.percentage) || policy.percentage < 0 || policy.percentage > 100)
    return invalid("percentage must be between 0 and 100.");
  return check_duration(policy.duration_secs, limits);
}

Status check(const CountSlaPolicy& policy, const JobLimits& limits) {
  if (policy.count < 0) return invalid("count=" + std::to_string(policy.count) + " must be 0 or more.");
  return check_duration(policy.duration_secs, limits);
}

Status check(const CoordinatorSlaPolicy& policy, const JobLimits&) {
  if (policy.coordinator_url.starts_with("http://") || policy.coordinator_url.starts_with("https://")) return Unit{};
  return invalid("coordinatorUrl must begin with http:// or https://.");
}

Status check_terms(const DrainHosts& command, const JobLimits& limits) {
  if (!command.terms) return Unit{};
  TRY(std::visit([&](const auto& policy) { return check(policy, limits); }, command.terms->policy));
  if (command.terms->timeout_secs >= 0 && command.terms->timeout_secs <= kTimeoutSecsMax) return Unit{};
  return invalid("timeoutSecs=" + std::to_string(command.terms->timeout_secs) + " must be between 0 and " +
                 std::to_string(kTimeoutSecsMax) + ".");
}

// `change`: what becomes of a host.
template <typename Change>
Result<Decided> for_each_host(const Cluster& cluster, const std::set<HostId>& ids, const ModeRequest& request,
                              const Change& change) {
  TRY(check_hosts(ids));
  Decided decision;
  HostModes modes;
  for (const HostId& id : ids) {
    const Host* known = cluster.find_host(id);
    if (known == nullptr) {
      modes.unknown.push_back(id);
      continue;
    }
    Host host = *known;
    change(host);
    if (host.mode != known->mode) host.mode_request = request;
    modes.statuses.push_back({id, host.mode});
    if (host != *known) decision.changes.push_back(HostSaved{std::move(host)});
  }
  decision.answer = std::move(modes);
  return decision;
}

}  // namespace

Result<Decided> decide(const Cluster& cluster, const StartMaintenance& command, const Context& context) {
  return for_each_host(cluster, command.hosts, {command.user, context.now}, [](Host& host) {
    host.mode = MaintenanceMode::Scheduled;
    host.drain.reset();
  });
}

// The tasks go in what follows from the new mode. With terms of its own even an empty host is DRAINING first.
Result<Decided> decide(const Cluster& cluster, const DrainHosts& command, const Context& context) {
  TRY(check_terms(command, context.settings.limits));
  return for_each_host(cluster, command.hosts, {command.user, context.now}, [&](Host& host) {
    host.mode = MaintenanceMode::Draining;
    host.drain = DrainRequest{PercentageSlaPolicy{}, 0, context.now, command.user};
    if (command.terms) {
      host.drain->policy = command.terms->policy;
      host.drain->timeout_secs = command.terms->timeout_secs;
    } else if (is_empty(cluster, host.id)) {
      host.mode = MaintenanceMode::Drained;
      host.drain.reset();
    }
  });
}

Result<Decided> decide(const Cluster& cluster, const EndMaintenance& command, const Context& context) {
  return for_each_host(cluster, command.hosts, {command.user, context.now}, [](Host& host) {
    host.mode = MaintenanceMode::None;
    host.drain.reset();
  });
}

Result<Decided> decide(const Cluster& cluster, const PollDrain& command, const Context& context) {
  Decided decision;
  const Host* host = cluster.find_host(command.host);
  if (host == nullptr || host->mode != MaintenanceMode::Draining) return decision;
  const DrainProgress* known = cluster.find_drain_progress(host->id);
  const bool is_poll = known == nullptr || known->poll_at <= context.now;
  SlaGate gate(cluster, context, decision);
  drain_host(cluster, *host, is_poll ? DrainLook::Poll : DrainLook::News, gate, context, decision);
  return decision;
}

}  // namespace aurora::core
