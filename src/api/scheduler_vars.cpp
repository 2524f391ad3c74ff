#include "api/scheduler_vars.h"

#include "aurora/core/quota/consumption_metric.h"
#include "aurora/scheduler/statistics.h"

namespace aurora::api {
namespace {

constexpr size_t kRolesPerLook = 500;

// Names of the original's stages (spec/scheduler.md §17.2). Whoever answers has its store.
void add_lifecycle(Vars& vars, bool is_ready) {
  const std::string_view now = is_ready ? "ACTIVE" : "STORAGE_PREPARED";
  for (const std::string_view stage :
       {"IDLE", "PREPARING_STORAGE", "STORAGE_PREPARED", "LEADER_AWAITING_REGISTRATION", "ACTIVE", "DEAD"})
    vars["scheduler_lifecycle_" + std::string(stage)] = stage == now ? 1 : 0;
  for (const char* name : {"framework_registered", "cron_jobs_loaded", "quartz_scheduler_running"})
    vars[name] = is_ready ? 1 : 0;
}

// What is known without the cluster.
Vars collect_vars(const SchedulerServices& services, Breadth breadth) {
  Vars vars = services.counters.values();
  const bool is_ready = services.engine.is_ready();
  const double uptime_secs = static_cast<double>((services.clock.now() - services.started_at).ms / 1000);
  if (services.process_vars) vars.merge(services.process_vars());
  vars["process_uptime_secs"] = uptime_secs;
  vars["jvm_uptime_secs"] = uptime_secs;  // the name that monitoring of the original reads
  vars["status_updates_queue_size"] = static_cast<double>(services.engine.queue_length());
  vars["timeout_queue_size"] = static_cast<double>(services.engine.timer_count());
  add_lifecycle(vars, is_ready);
  if (services.statistics != nullptr) vars.merge(services.statistics->figures());
  if (breadth == Breadth::Cluster) return vars;
  vars.merge(services.engine.values_of_things());
  if (services.statistics != nullptr) vars.merge(services.statistics->thing_figures());
  if (services.series != nullptr) {
    vars.merge(services.series->rates());
    vars["stat_series_left_out"] = static_cast<double>(services.series->left_out());
  }
  return vars;
}

// What all active tasks ask for, and what of it is production on shared hosts and so on (spec/scheduler.md §20). Kept by role:
// so many roles at a time.
void add_consumption(Vars& vars, const scheduler::Engine& engine) {
  core::UseByClass all;
  for (size_t offset = 0;;) {
    const auto seen = engine.look([&](const core::Cluster& cluster) {
      const core::RolePage page = cluster.list_role_page({offset, kRolesPerLook});
      for (const core::RoleCounts& role : page.roles) all += cluster.active_use(role.role);
      return page.roles.size();
    });
    offset += seen.value;
    if (seen.value < kRolesPerLook) break;
  }
  for (const core::ConsumptionMetric& metric : core::consumption_metrics())
    core::add_use(vars, "resources_" + std::string(metric.name), use_in(all, metric));
}

void add_cluster(Vars& vars, const core::Cluster& cluster) {
  for (const auto& [status, name] : EnumNames<core::TaskStatus>::values) {
    if (status == core::TaskStatus::Deleted) continue;
    vars["task_store_" + std::string(name)] = static_cast<double>(cluster.task_count(status));
  }
  vars["outstanding_offers"] = static_cast<double>(cluster.connected_host_count());
}

}  // namespace

SeenVars look_at_vars(const SchedulerServices& services, Breadth breadth) {
  SeenVars seen{collect_vars(services, breadth)};
  if (!services.engine.is_ready()) return seen;
  add_consumption(seen.vars, services.engine);
  seen.round = services.engine
                   .look([&](const core::Cluster& cluster) {
                     add_cluster(seen.vars, cluster);
                     return Unit{};
                   })
                   .round;
  return seen;
}

}  // namespace aurora::api
