// `admin host_drain`: group by group, each looked at first and then emptied at once (spec/client.md §11.2).
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "aurora/base/printable.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/host_groups.h"
#include "client/host_holds.h"
#include "client/host_names.h"
#include "client/sla_probe.h"

namespace aurora::client {
namespace {

constexpr Duration kLookEvery = seconds(5);
constexpr Duration kDrainWait = minutes(5);
constexpr Duration kPatience = seconds(3);  // then it is said what a wait is for

Result<SlaTarget> read_target(Session& session, const HostDrainOptions& options) {
  SlaTarget target;
  const bool has_some = options.override_percentage || !options.override_duration.empty() || !options.override_reason.empty();
  const bool has_all = options.override_percentage && !options.override_duration.empty() && !options.override_reason.empty();
  const auto invalid = [](const std::string& text) { return Error{ErrorCode::InvalidArgument, text}; };
  if (!has_some) return target;
  if (!has_all) return invalid("All --override_* options are required when attempting to override default SLA values.");
  char percentage[32];
  std::snprintf(percentage, sizeof percentage, "%g", *options.override_percentage);
  if (*options.override_percentage <= 0 || *options.override_percentage > 100)
    return invalid(std::string("Invalid percentage ") + percentage + ". Must be within (0, 100].");
  target.percentage = *options.override_percentage;
  target.duration = TRY(parse_duration(options.override_duration));
  session.console().log(Severity::Warning, std::string("Overriding default SLA values: percentage 95 -> ") + percentage +
                                               ", duration 30m -> " + options.override_duration +
                                               ", reason: " + printable_line(options.override_reason));
  return target;
}

class HostDrain {
 public:
  HostDrain(Session& session, SchedulerClient& scheduler, const HostDrainOptions& options, SlaTarget target)
      : session_(session), scheduler_(scheduler), options_(options), target_(target) {}

  int run(const std::set<std::string>& hosts) {
    session_.console().info("Starting maintenance for: " + join_hosts(hosts));
    const auto started = post_hosts(scheduler_, "startMaintenance", "start", hosts);
    if (!started.ok()) return fail_call(session_, started.error());
    report_response(session_, "OK", "");
    warn_unknown(session_, "Skipping maintenance", started->unknown);
    std::set<std::string> known;
    for (const auto& [host, mode] : started->modes) known.insert(host);
    const auto groups = make_host_groups(scheduler_, known, options_.grouping);
    if (!groups.ok()) return fail_call(session_, groups.error());
    for (const HostGroup& group : *groups) {
      if (const auto stop = drain_group(group)) return *stop;
    }
    return tell_end();
  }

 private:
  // Absent: goes on; else the exit code, everything printed.
  std::optional<int> drain_group(const HostGroup& group) {
    Console& console = session_.console();
    console.info("Beginning SLA check for " + join_hosts(group.second));
    const auto violations = find_violations(scheduler_, group.second, target_, session_.world().clock.now());
    if (!violations.ok()) return fail_call(session_, violations.error());
    report_response(session_, "OK", "");
    std::set<std::string> safe = group.second;
    std::set<std::string> unsafe;
    for (const SlaViolation& violation : *violations) {
      print_violation(violation);
      safe.erase(violation.host);
      unsafe.insert(violation.host);
    }
    not_drained_.insert(unsafe.begin(), unsafe.end());
    if (unsafe.empty()) {
      console.info("All hosts passed SLA check.");
    } else {
      console.log(Severity::Warning, "Some hosts did not pass SLA check and will not be drained! Skipping hosts: " +
                                         join_hosts(unsafe));
    }
    if (safe.empty()) return std::nullopt;
    console.info("Draining tasks on: " + join_hosts(safe));
    const auto modes = post_hosts(scheduler_, "drainHosts", "drain", safe);
    if (!modes.ok()) return fail_call(session_, modes.error());
    report_response(session_, "OK", "");
    return wait_until_drained(safe);
  }

  void print_violation(const SlaViolation& violation) {
    char predicted[32];
    std::snprintf(predicted, sizeof predicted, "%.2f", violation.predicted);
    session_.console().print(violation.host + "\t" + scheduler_.cluster() + "/" + core::to_string(violation.job) + "\t" +
                             predicted + "\tFalse\t" +
                             format_safe_in(violation.safe_in_secs));
  }

  std::optional<int> wait_until_drained(const std::set<std::string>& hosts) {
    Console& console = session_.console();
    const Duration begin = session_.world().clock.monotonic();
    HoldsNotice notice(session_);
    for (;;) {
      const auto states = get_hosts(scheduler_, hosts);
      if (!states.ok()) return fail_call(session_, states.error());
      const bool has_lasted = session_.world().clock.monotonic() - begin >= kPatience;
      std::map<std::string, std::string> left;  // and what it waits for
      for (const codec::JsonValue& host : states->hosts) {
        if (host.string_or("mode", "") == "DRAINED") continue;
        left[host.string_or("host", "")] = describe(host);
        if (has_lasted) notice.tell(host);
      }
      console.show_progress("Draining", static_cast<int64_t>(hosts.size() - left.size()),
                            static_cast<int64_t>(hosts.size()));
      run_scripts(hosts, left);
      if (left.empty()) break;
      std::set<std::string> names;
      for (const auto& [host, text] : left) names.insert(host);
      if (session_.world().clock.monotonic() - begin >= kDrainWait) {
        console.log(Severity::Warning, "Failed to move all hosts into DRAINED within 5 mins:");
        for (const auto& [host, text] : left) console.log(Severity::Warning, text);
        not_drained_.insert(names.begin(), names.end());
        break;
      }
      console.info("Waiting for hosts to be in DRAINED: " + join_hosts(names));
      if (!session_.world().pause(kLookEvery)) return session_.end_interrupted();
    }
    console.clear_progress();
    return std::nullopt;
  }

  static std::string describe(const codec::JsonValue& host) {
    std::string text = "\tHost:" + printable_line(host.string_or("host", "")) + "\tStatus:" + host.string_or("mode", "");
    for (const std::string& line : describe_holds(host, 1)) text += "\t" + line;
    return text;
  }

  void run_scripts(const std::set<std::string>& hosts, const std::map<std::string, std::string>& left) {
    if (options_.post_drain_script.empty()) return;
    for (const std::string& host : hosts) {
      if (left.contains(host) || !told_.insert(host).second) continue;
      std::string script = options_.post_drain_script;
      std::string argument = host;
      char* const arguments[] = {script.data(), argument.data(), nullptr};
      pid_t pid = 0;
      if (posix_spawn(&pid, script.c_str(), nullptr, nullptr, arguments, environ) == 0) waitpid(pid, nullptr, 0);
    }
  }

  int tell_end() {
    Console& console = session_.console();
    if (options_.is_json) {
      codec::JsonArray left;
      for (const std::string& host : not_drained_) left.add(host);
      console.print(codec::indent_json(codec::JsonObject().add_raw("notDrained", left.text()).text(), 2));
    }
    if (not_drained_.empty()) return 0;
    console.info("The following hosts WERE NOT DRAINED due to failed SLA check or external failures:");
    if (!options_.is_json) {
      for (const std::string& host : not_drained_) console.print(host);
    }
    if (!options_.unsafe_hosts_file.empty()) write_left();
    return static_cast<int>(ExitCode::Internal);
  }

  void write_left() {
    std::ofstream file(options_.unsafe_hosts_file);
    for (const std::string& host : not_drained_) file << host << "\n";
    file.close();
    if (file) {
      session_.console().info("Written unsafe host names into: " + options_.unsafe_hosts_file);
    } else {
      session_.console().log(Severity::Error, "Failed to write into the output file: " + options_.unsafe_hosts_file);
    }
  }

  Session& session_;
  SchedulerClient& scheduler_;
  const HostDrainOptions& options_;
  const SlaTarget target_;
  std::set<std::string> not_drained_;
  std::set<std::string> told_;  // their script has run
};

}  // namespace

int host_drain(Session& session, const HostDrainOptions& options) {
  const auto hosts = read_hosts(options);
  if (!hosts.ok()) return session.fail(ExitCode::Usage, hosts.error().message);
  if (const auto known = check_grouping(options.grouping); !known.ok())
    return session.fail(ExitCode::Usage, known.error().message);
  const bool has_script = options.post_drain_script.empty() || access(options.post_drain_script.c_str(), F_OK) == 0;
  if (!has_script) return session.fail(ExitCode::Usage, "No such file: " + options.post_drain_script);
  const auto target = read_target(session, options);
  if (!target.ok()) return session.fail(ExitCode::Usage, target.error().message);
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return HostDrain(session, *scheduler, options, *target).run(*hosts);
}

}  // namespace aurora::client
