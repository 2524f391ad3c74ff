// `admin host_deactivate`, `host_activate`, `host_status` and `sla_host_drain` (spec/client.md §11.2).
#include "aurora/client/verbs.h"
#include "aurora/base/printable.h"
#include "aurora/codec/json.h"
#include "client/host_holds.h"
#include "client/host_names.h"

namespace aurora::client {
namespace {

constexpr size_t kHoldsShown = 200;  // as many as an answer has

int print_replies(Session& session, const HostModes& modes) {
  for (const std::string& reply : modes.replies) session.console().print(codec::indent_json(reply, 2));
  return 0;
}

struct Called {
  std::set<std::string> hosts;
  SchedulerClient scheduler;
};
Result<Called> begin(Session& session, const HostsOptions& options) {
  std::set<std::string> hosts = TRY(read_hosts(options));
  SchedulerClient scheduler = TRY(SchedulerClient::find(session, options.cluster));
  return Called{std::move(hosts), std::move(scheduler)};
}

int fail_begin(Session& session, const Error& error) { return session.fail(ExitCode::Usage, error.message); }

}  // namespace

int host_deactivate(Session& session, const HostsOptions& options) {
  auto called = begin(session, options);
  if (!called.ok()) return fail_begin(session, called.error());
  session.console().info("Starting maintenance for: " + join_hosts(called->hosts));
  const auto modes = post_hosts(called->scheduler, "startMaintenance", "start", called->hosts);
  if (!modes.ok()) return fail_call(session, modes.error());
  report_response(session, "OK", "");
  warn_unknown(session, "Skipping maintenance", modes->unknown);
  return options.is_json ? print_replies(session, *modes) : 0;
}

int host_activate(Session& session, const HostsOptions& options) {
  auto called = begin(session, options);
  if (!called.ok()) return fail_begin(session, called.error());
  session.console().info("Ending maintenance for: " + join_hosts(called->hosts));
  const auto modes = post_hosts(called->scheduler, "endMaintenance", "end", called->hosts);
  if (!modes.ok()) return fail_call(session, modes.error());
  report_response(session, "OK", "");
  warn_unknown(session, "Nothing to end", modes->unknown);
  session.console().info("Maintenance status for: " + join_hosts(called->hosts));
  for (const auto& [host, mode] : modes->modes) {
    if (mode != "NONE") session.console().log(Severity::Warning, host + " is DRAINING or in DRAINED");
  }
  return options.is_json ? print_replies(session, *modes) : 0;
}

int host_status(Session& session, const HostsOptions& options) {
  auto called = begin(session, options);
  if (!called.ok()) return fail_begin(session, called.error());
  session.console().info("Maintenance status for: " + join_hosts(called->hosts));
  const auto states = get_hosts(called->scheduler, called->hosts);
  if (!states.ok()) return fail_call(session, states.error());
  report_response(session, "OK", "");
  codec::JsonArray all;
  for (const codec::JsonValue& host : states->hosts) {
    all.add_raw(host.to_json());
    session.console().info(printable_line(host.string_or("host", "")) + " is in state: " + host.string_or("mode", ""));
    for (const std::string& line : describe_holds(host, kHoldsShown)) session.console().info("\t" + line);
  }
  warn_unknown(session, "There is no status", states->unknown);
  if (options.is_json) session.console().print(codec::indent_json(all.text(), 2));
  return 0;
}

int sla_host_drain(Session& session, const SlaHostDrainOptions& options) {
  auto called = begin(session, options);
  if (!called.ok()) return fail_begin(session, called.error());
  const auto duration = parse_duration(options.default_duration);
  if (!duration.ok()) return session.fail_option(duration.error().message);
  const auto timeout = parse_duration(options.force_drain_timeout);
  if (!timeout.ok()) return session.fail_option(timeout.error().message);
  const std::string policy = codec::JsonObject()
                                 .add("percentage", options.default_percentage)
                                 .add("durationSecs", duration->ms / 1000)
                                 .text();
  codec::JsonObject more;
  more.add_raw("policy", codec::JsonObject().add_raw("percentageSlaPolicy", policy).text());
  more.add("timeoutSecs", timeout->ms / 1000);
  session.console().info("Asking scheduler to drain tasks by SLA on: " + join_hosts(called->hosts));
  const auto modes = post_hosts(called->scheduler, "slaDrainHosts", "drain", called->hosts, more);
  if (!modes.ok()) return fail_call(session, modes.error());
  report_response(session, "OK", "");
  warn_unknown(session, "Skipping maintenance", modes->unknown);
  return options.is_json ? print_replies(session, *modes) : 0;
}

}  // namespace aurora::client
