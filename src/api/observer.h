// The executor's routes by kind; executor_routes() joins them. One file each.
#pragma once

#include <vector>

#include "aurora/api/executor_api.h"

namespace aurora::api {

std::vector<net::Route> host_task_routes(const ExecutorServices& services);  // /v1
// Commands in sandboxes; only if the services have what it needs.
std::vector<net::Route> host_exec_routes(const ExecutorServices& services);
std::vector<net::Route> file_routes(const ExecutorServices& services);       // logs, files, downloads
std::vector<net::Route> log_routes(const ExecutorServices& services);        // /v1/tasks/{taskId}/logs
std::vector<net::Route> observer_routes(
    const ExecutorServices& services);  // /j, /main and others of the original

std::string ports_json(const core::HostTaskSummary& task);  // {"name": port}

// For readers without scripts; fails for an {id} that is unknown.
Result<std::string> plain_task_page(const ExecutorServices& services, const net::Request& request);

// ok, attention, failed, progress or neutral
std::string_view tone_of(core::RunState state);
std::string_view tone_of(core::ProcessState state);

}  // namespace aurora::api
