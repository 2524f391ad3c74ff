#include "client/host_names.h"

#include <fstream>

#include "aurora/base/printable.h"
#include "aurora/client/nearest.h"
#include "aurora/codec/json.h"

namespace aurora::client {
namespace {

constexpr size_t kHostsPerRequest = 500;  // fewer than the scheduler takes at most
constexpr size_t kHostsPerQuery = 50;     // they are in the address

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::set<std::string>> in_batches(const std::set<std::string>& hosts, size_t most) {
  std::vector<std::set<std::string>> batches;
  for (const std::string& host : hosts) {
    if (batches.empty() || batches.back().size() == most) batches.emplace_back();
    batches.back().insert(host);
  }
  return batches;
}

}  // namespace

Result<std::set<std::string>> read_hosts(const HostsOptions& options) {
  const auto invalid = [](const std::string& text) { return Error{ErrorCode::InvalidArgument, text}; };
  if (options.filename.empty() == options.hosts.empty()) return invalid("Please specify either --filename or --hosts");
  std::set<std::string> hosts;
  const auto add = [&](const std::string& text) {
    if (const std::string name = trimmed(text); !name.empty()) hosts.insert(name);
  };
  for (const std::string& host : options.hosts) add(host);
  if (!options.filename.empty()) {
    std::ifstream file(options.filename);
    if (!file) return invalid("Cannot read " + options.filename);
    for (std::string line; std::getline(file, line);) add(line);
  }
  if (!hosts.empty()) return hosts;
  return invalid(options.filename.empty() ? "No valid hosts found." : "No valid hosts found in " + options.filename + ".");
}

std::string join_hosts(const std::set<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : ", ") + printable_line(host);
  return text;
}

Result<HostModes> post_hosts(SchedulerClient& scheduler, const std::string& method, const std::string& action,
                             const std::set<std::string>& hosts, const codec::JsonObject& more) {
  HostModes modes;
  for (const std::set<std::string>& batch : in_batches(hosts, kHostsPerRequest)) {
    codec::JsonArray names;
    for (const std::string& host : batch) names.add(host);
    codec::JsonObject body = more;
    body.add_raw("hosts", names.text());
    const codec::JsonValue reply =
        TRY(scheduler.post_repeatable(method, "/v1/maintenance/" + action, body.text()));
    if (const codec::JsonValue* statuses = reply.find("statuses")) {
      for (const codec::JsonValue& status : statuses->items())
        modes.modes[status.string_or("host", "")] = status.string_or("mode", "");
    }
    if (const codec::JsonValue* unknown = reply.find("unknown")) {
      for (const codec::JsonValue& host : unknown->items()) modes.unknown.insert(host.as_string().value());
    }
    modes.replies.push_back(reply.to_json());
  }
  return modes;
}

Result<HostStates> get_hosts(SchedulerClient& scheduler, const std::set<std::string>& hosts) {
  HostStates states;
  for (const std::set<std::string>& batch : in_batches(hosts, kHostsPerQuery)) {
    Query query;
    for (const std::string& host : batch) query.emplace("host", host);
    const auto take = [&](const codec::JsonValue& host, const codec::JsonValue&) { states.hosts.push_back(host); };
    TRY(scheduler.walk("maintenanceStatus", "/v1/maintenance", query, "hosts", take));
  }
  std::set<std::string> known;
  for (const codec::JsonValue& host : states.hosts) known.insert(host.string_or("host", ""));
  for (const std::string& host : hosts) {
    if (!known.contains(host)) states.unknown.insert(host);
  }
  return states;
}

int fail_unknown_hosts(Session& session, SchedulerClient& scheduler, const std::set<std::string>& unknown) {
  std::vector<std::string> names;
  scheduler.ask_briefly();
  const auto hosts = scheduler.list("getHosts", "/v1/hosts", {{"fields", "host"}}, "hosts");
  if (hosts.ok()) for (const codec::JsonValue& host : *hosts) names.push_back(host.string_or("host", ""));
  const std::string meant = did_you_mean(nearest(*unknown.begin(), names));
  const std::string who = unknown.size() == 1 ? "No host " + join_hosts(unknown) + " has" : "Hosts " + join_hosts(unknown) + " have never";
  return session.fail(ExitCode::InvalidParameter,
                      who + " registered with " + scheduler.cluster() +
                          (meant.empty() ? "; `aurora host list " + scheduler.cluster() + "` shows those that have" : meant));
}

void warn_unknown(Session& session, const char* what, const std::set<std::string>& unknown) {
  if (unknown.empty()) return;
  session.console().log(Severity::Warning, std::string(what) + " for unknown hosts: " + join_hosts(unknown));
}

int fail_call(Session& session, const Error& error) {
  return session.fail(error, "The scheduler refused:", ExitCode::ApiError);
}

}  // namespace aurora::client
