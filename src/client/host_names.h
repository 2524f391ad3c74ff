// Which hosts a verb is about (spec/client.md §11.2), and requests about them.
#pragma once

#include <set>
#include <string>

#include "aurora/client/verbs.h"
#include "client/scheduler_client.h"

namespace aurora::client {

// Exactly one of --filename (one host a line) and --hosts. Names without blanks, at least one.
Result<std::set<std::string>> read_hosts(const HostsOptions& options);
std::string join_hosts(const std::set<std::string>& hosts);  // "a, b"

// What a request to /v1/maintenance/... has led to.
struct HostModes {
  std::map<std::string, std::string> modes;  // by host
  std::set<std::string> unknown;
  std::vector<std::string> replies;  // JSON, one a request
};
// In requests of as many hosts as the scheduler takes. `more`: further members of their bodies.
Result<HostModes> post_hosts(SchedulerClient& scheduler, const std::string& method, const std::string& action,
                             const std::set<std::string>& hosts, const codec::JsonObject& more = {});
// GET /v1/maintenance: hosts as the API shows them.
struct HostStates {
  std::vector<codec::JsonValue> hosts;
  std::set<std::string> unknown;
};
Result<HostStates> get_hosts(SchedulerClient& scheduler, const std::set<std::string>& hosts);

// Names of hosts that nobody knows, and the nearest that there is: printed; the exit code.
int fail_unknown_hosts(Session& session, SchedulerClient& scheduler, const std::set<std::string>& unknown);

// What the verbs print of these.
void warn_unknown(Session& session, const char* what, const std::set<std::string>& unknown);
int fail_call(Session& session, const Error& error);

}  // namespace aurora::client
