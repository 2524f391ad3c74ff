// Words of a scenario to values of core.
#pragma once

#include "aurora/core/commands/command.h"
#include "scenario/script.h"

namespace aurora::scenario {

core::JobKey read_key(const std::string& text);            // role/environment/name
core::InstanceKey read_instance(const std::string& text);  // role/environment/name/instance
std::set<int32_t> read_instances(const Arguments& arguments, const std::string& option = "instances");
std::set<core::HostId> read_hosts(const Arguments& arguments);  // the first word: HOST[,HOST]
std::optional<core::SlaPolicy> read_policy(const Arguments& arguments);
core::Host read_host(const Arguments& arguments);
core::JobConfiguration read_job(const Arguments& arguments);
Result<core::JobConfiguration> read_cron_job(const Arguments& arguments);
Result<core::JobUpdateRequest> read_update(const Arguments& arguments);

}  // namespace aurora::scenario
