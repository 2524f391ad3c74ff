// `host drain` and `host activate`: hosts are emptied as the policies of their jobs allow, and given back.
#include <algorithm>

#include "aurora/base/printable.h"
#include "aurora/client/hosts.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/host_holds.h"
#include "client/host_names.h"

namespace aurora::client {
namespace {

constexpr Duration kLookEvery = seconds(2);

std::set<std::string> to_set(const std::vector<std::string>& hosts) { return {hosts.begin(), hosts.end()}; }

class HostEmptying {
 public:
  HostEmptying(Session& session, SchedulerClient& scheduler, const HostModeOptions& options, std::optional<Duration> most)
      : session_(session), scheduler_(scheduler), options_(options), most_(most) {}

  int run(const codec::JsonObject& terms) {
    std::set<std::string> hosts = to_set(options_.hosts);
    // All or none: a misspelt host must not go unnoticed.
    const auto before = get_hosts(scheduler_, hosts);
    if (!before.ok()) return fail_call(session_, before.error());
    if (!before->unknown.empty()) return fail_unknown_hosts(session_, scheduler_, before->unknown);
    const auto modes = post_hosts(scheduler_, "drainHosts", "drain", hosts, terms);
    if (!modes.ok()) return fail_call(session_, modes.error());
    session_.console().info("Draining " + join_hosts(hosts));
    if (!options_.has_waits) return end(hosts, 0);
    session_.set_parting_words("The hosts go on being emptied; `aurora host activate " + options_.cluster + " HOST` gives one back");
    session_.world().hold_interrupts();
    return wait(hosts);
  }

 private:
  int wait(const std::set<std::string>& hosts) {
    World& world = session_.world();
    const Duration begin = world.clock.monotonic();
    for (;;) {
      const auto states = get_hosts(scheduler_, hosts);
      if (!states.ok()) return fail_call(session_, states.error());
      const size_t drained = tell(*states);
      session_.console().show_progress("Drained", static_cast<int64_t>(drained), static_cast<int64_t>(hosts.size()));
      if (drained == hosts.size()) break;
      if (const auto back = find_given_back(*states); !back.empty())
        return session_.fail(ExitCode::CommandFailure, back + " was given back by somebody meanwhile");
      if (most_ && world.clock.monotonic() - begin >= *most_) {
        session_.console().clear_progress();
        return end(hosts, session_.fail(ExitCode::Timeout, std::to_string(hosts.size() - drained) + " of " + std::to_string(hosts.size()) +
                                                               " hosts are not empty within " + options_.wait_for + "; they go on being emptied"));
      }
      if (!world.pause(kLookEvery)) return session_.end_interrupted();
    }
    session_.console().clear_progress();
    return end(hosts, 0);
  }

  // What each waits for, when that changes. How many are empty.
  size_t tell(const HostStates& states) {
    size_t drained = 0;
    for (const codec::JsonValue& host : states.hosts) {
      drained += host.string_or("mode", "") == "DRAINED" ? 1 : 0;
      notice_.tell(host);
    }
    return drained;
  }

  static std::string find_given_back(const HostStates& states) {
    for (const codec::JsonValue& host : states.hosts) {
      const std::string mode = host.string_or("mode", "");
      if (mode != "DRAINING" && mode != "DRAINED") return printable_line(host.string_or("host", ""));
    }
    return "";
  }

  int end(const std::set<std::string>& hosts, int code) {
    if (!options_.is_json) return code;
    const auto states = get_hosts(scheduler_, hosts);
    if (!states.ok()) return fail_call(session_, states.error());
    codec::JsonArray all;
    for (const codec::JsonValue& host : states->hosts) all.add_raw(host.to_json());
    session_.console().print(codec::indent_json(all.text(), 2));
    return code;
  }

  Session& session_;
  SchedulerClient& scheduler_;
  const HostModeOptions& options_;
  const std::optional<Duration> most_;
  HoldsNotice notice_{session_};
};

// How the request says that jobs without a policy of their own have this one.
Result<codec::JsonObject> make_terms(const HostModeOptions& options) {
  codec::JsonObject terms;
  if (options.ignores_sla) return terms;
  if (options.percentage < 0 || options.percentage > 100)
    return Error{ErrorCode::InvalidArgument, "--percentage must be within 0 and 100"};
  const Duration duration = TRY(parse_duration(options.duration));
  const Duration timeout = TRY(parse_duration(options.force_after));
  const std::string policy =
      codec::JsonObject().add("percentage", options.percentage).add("durationSecs", duration.ms / 1000).text();
  terms.add_raw("policy", codec::JsonObject().add_raw("percentageSlaPolicy", policy).text());
  terms.add("timeoutSecs", timeout.ms / 1000);
  return terms;
}

}  // namespace

int host_empty(Session& session, const HostModeOptions& options) {
  const auto terms = make_terms(options);
  if (!terms.ok()) return session.fail_option(terms.error().message);
  std::optional<Duration> most;
  if (!options.wait_for.empty()) {
    const auto parsed = parse_duration(options.wait_for);
    if (!parsed.ok()) return session.fail_option(parsed.error().message);
    most = *parsed;
  }
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return HostEmptying(session, *scheduler, options, most).run(*terms);
}

int host_give_back(Session& session, const HostModeOptions& options) {
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const std::set<std::string> hosts = to_set(options.hosts);
  const auto before = get_hosts(*scheduler, hosts);
  if (!before.ok()) return fail_call(session, before.error());
  if (!before->unknown.empty()) return fail_unknown_hosts(session, *scheduler, before->unknown);
  const auto modes = post_hosts(*scheduler, "endMaintenance", "end", hosts);
  if (!modes.ok()) return fail_call(session, modes.error());
  codec::JsonArray all;
  for (const auto& [host, mode] : modes->modes) {
    all.add_raw(codec::JsonObject().add("host", host).add("mode", mode).text());
    if (mode == "NONE") {
      session.console().info(printable_line(host) + " takes tasks again");
    } else {
      session.console().log(Severity::Warning, printable_line(host) + " is still " + mode);
    }
  }
  if (options.is_json) session.console().print(codec::indent_json(all.text(), 2));
  const bool are_all_back = std::ranges::all_of(modes->modes, [](const auto& one) { return one.second == "NONE"; });
  return are_all_back ? 0 : static_cast<int>(ExitCode::CommandFailure);
}

}  // namespace aurora::client
