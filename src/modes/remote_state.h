// The state of a scheduler that runs, as far as its API tells it: hosts, quotas and active tasks, each list page by page.
// Cron jobs, updates and tasks that are over are not in it.
#pragma once

#include <string>

#include "aurora/net/http.h"
#include "aurora/scheduler/what_if.h"

namespace aurora {

bool is_url(const std::string& text);
// `url`: http://host:port of the scheduler. The moment is `now`.
Result<scheduler::CopiedState> read_remote_state(net::HttpClient& http, const std::string& url, Instant now);

}  // namespace aurora
