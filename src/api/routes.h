// The scheduler's routes by noun; scheduler_routes() joins them. One file each.
#pragma once

#include <vector>

#include "aurora/api/scheduler_api.h"

namespace aurora::api {

std::vector<net::Route> job_routes(const SchedulerServices& services);
std::vector<net::Route> cron_routes(const SchedulerServices& services);
std::vector<net::Route> task_routes(const SchedulerServices& services);
std::vector<net::Route> exec_routes(const SchedulerServices& services);
std::vector<net::Route> update_routes(const SchedulerServices& services);
std::vector<net::Route> plan_routes(const SchedulerServices& services);
std::vector<net::Route> explain_routes(const SchedulerServices& services);
std::vector<net::Route> unknown_task_routes(const SchedulerServices& services);
std::vector<net::Route> quota_routes(const SchedulerServices& services);
std::vector<net::Route> recovery_routes(const SchedulerServices& services);  // REQUIRES: services.recovery
std::vector<net::Route> staged_task_routes(const SchedulerServices& services);  // as well
std::vector<net::Route> host_routes(const SchedulerServices& services);
std::vector<net::Route> maintenance_routes(const SchedulerServices& services);
std::vector<net::Route> pending_routes(const SchedulerServices& services);
std::vector<net::Route> servlet_routes(const SchedulerServices& services);
std::vector<net::Route> overview_routes(const SchedulerServices& services);
std::vector<net::Route> search_routes(const SchedulerServices& services);
std::vector<net::Route> sla_routes(const SchedulerServices& services);
std::vector<net::Route> graph_routes(const SchedulerServices& services);
std::vector<net::Route> event_routes(const SchedulerServices& services);
std::vector<net::Route> cluster_routes(const SchedulerServices& services);

}  // namespace aurora::api
