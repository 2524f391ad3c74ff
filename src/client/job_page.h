// A job's page on the scheduler: its address, and opening it.
#pragma once

#include "client/scheduler_client.h"

namespace aurora::client {

std::string job_url(const SchedulerClient& scheduler, const core::JobKey& job);
// ` INFO] Job url: <url>`
void show_job_url(Session& session, const SchedulerClient& scheduler, const core::JobKey& job);
void open_job_page(Session& session, const SchedulerClient& scheduler, const core::JobKey& job);
// $BROWSER, then the desktop's opener; without either the address is printed on stdout.
void open_page(Session& session, const std::string& url);

}  // namespace aurora::client
