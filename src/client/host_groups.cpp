#include "client/host_groups.h"

#include "aurora/base/printable.h"

namespace aurora::client {

Status check_grouping(const std::string& grouping) {
  if (grouping == "by_host" || grouping == "by_rack" || grouping == "none") return Unit{};
  return Error{ErrorCode::InvalidArgument, "Unknown grouping function " + printable_line(grouping) +
                                               ". Must be one of: ['by_host', 'by_rack', 'none']"};
}

Result<std::vector<HostGroup>> make_host_groups(SchedulerClient& scheduler, const std::set<std::string>& hosts,
                                                const std::string& grouping) {
  std::map<std::string, std::set<std::string>> groups;
  if (grouping == "by_rack") {
    const auto take = [&](const codec::JsonValue& host, const codec::JsonValue&) {
      const std::string name = host.string_or("host", "");
      if (!hosts.contains(name)) return;
      const codec::JsonValue* attributes = host.find("attributes");
      const codec::JsonValue* racks = attributes == nullptr ? nullptr : attributes->find("rack");
      const bool has_rack = racks != nullptr && !racks->items().empty();
      groups[has_rack ? racks->items().front().as_string().value() : "host " + name].insert(name);
    };
    TRY(scheduler.walk("getHosts", "/v1/hosts", {}, "hosts", take));
  }
  for (const std::string& host : hosts) {
    if (grouping == "by_host") groups[host].insert(host);
    if (grouping == "none") groups["all"].insert(host);
  }
  return std::vector<HostGroup>(groups.begin(), groups.end());
}

}  // namespace aurora::client
