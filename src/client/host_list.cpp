// `host list` and `host show`: what hosts offer, what of it is reserved, and what is used.
#include <algorithm>
#include <cstdio>

#include "aurora/base/printable.h"
#include "aurora/client/hosts.h"
#include "aurora/codec/json.h"
#include "client/host_names.h"
#include "client/host_usage.h"
#include "client/task_table.h"

namespace aurora::client {
namespace {

constexpr const char* kModes[] = {"NONE", "SCHEDULED", "DRAINING", "DRAINED"};

struct Amounts {
  double cpus = 0;
  double ram_mb = 0;
  double disk_mb = 0;
  int64_t gpus = 0;
};

Amounts to_amounts(const codec::JsonValue* totals) {
  Amounts amounts;
  if (totals == nullptr) return amounts;
  amounts.cpus = totals->double_or("cpus", 0);
  amounts.ram_mb = totals->double_or("ramMb", 0);
  amounts.disk_mb = totals->double_or("diskMb", 0);
  amounts.gpus = totals->int_or("gpus", 0);
  return amounts;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value == static_cast<double>(static_cast<int64_t>(value)) ? "%.0f" : "%.1f", value);
  return text;
}
std::string gigabytes(double mb) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", mb / 1024);
  return text;
}
std::string of(const std::string& part, const std::string& whole) { return part + "/" + whole; }

std::string state_of(const codec::JsonValue& host) {
  const std::string mode = host.string_or("mode", "NONE");
  return mode == "NONE" ? "-" : mode;
}

Tone tone_of(const codec::JsonValue& host) {
  if (!host.bool_or("isConnected", false)) return Tone::Bad;
  return host.string_or("mode", "NONE") == "NONE" ? Tone::Plain : Tone::Attention;
}

Result<std::vector<codec::JsonValue>> list_hosts(SchedulerClient& scheduler, const HostListOptions& options) {
  Query query;
  if (!options.search.empty()) query.emplace("search", options.search);
  std::vector<codec::JsonValue> hosts = TRY(scheduler.list("getHosts", "/v1/hosts", query, "hosts"));
  if (options.modes.empty()) return hosts;
  std::erase_if(hosts, [&](const codec::JsonValue& host) {
    return std::ranges::find(options.modes, host.string_or("mode", "NONE")) == options.modes.end();
  });
  return hosts;
}

void print_lines(Console& console, const TextTable& table) {
  const size_t width = console.config().is_terminal_out ? static_cast<size_t>(console.config().columns_out) : table.width();
  for (const TextTable::Line& line : table.lines(width)) console.print(line.tone, line.text);
}

void print_hosts(Session& session, const std::vector<codec::JsonValue>& hosts) {
  TextTable table({{"HOST", 9, 8}, {"MODE", 8}, {"TASKS", 7, 0, true}, {"CPU", 6, 0, true}, {"RAM GB", 5, 0, true},
                   {"DISK GB", 3, 0, true}, {"GPU", 2, 0, true}, {"SEEN", 4, 0, true}});
  for (const codec::JsonValue& host : hosts) {
    const Amounts offered = to_amounts(host.find("capacity"));
    const Amounts left = to_amounts(host.find("available"));
    const int64_t unknown = host.int_or("unknownTaskCount", 0);
    const std::string more = unknown > 0 ? "+" + std::to_string(unknown) : "";
    table.add({printable_line(host.string_or("host", "")), state_of(host), std::to_string(host.int_or("taskCount", 0)) + more,
               of(number(offered.cpus - left.cpus), number(offered.cpus)), of(gigabytes(offered.ram_mb - left.ram_mb), gigabytes(offered.ram_mb)),
               of(gigabytes(offered.disk_mb - left.disk_mb), gigabytes(offered.disk_mb)),
               offered.gpus > 0 ? of(std::to_string(offered.gpus - left.gpus), std::to_string(offered.gpus)) : "",
               format_age(Instant{host.int_or("lastSeenMs", 0)}, session.world().clock.now())},
              tone_of(host));
  }
  print_lines(session.console(), table);
}

int print_json(Session& session, const std::vector<codec::JsonValue>& hosts) {
  codec::JsonArray all;
  for (const codec::JsonValue& host : hosts) all.add_raw(host.to_json());
  session.console().print(codec::indent_json(all.text(), 2));
  return 0;
}

class HostShow {
 public:
  HostShow(Session& session, SchedulerClient& scheduler, codec::JsonValue host)
      : session_(session), scheduler_(scheduler), host_(std::move(host)) {
    const std::string origin = origin_of(host_.string_or("executorUrl", ""));
    usage_ = measure_hosts(session.world().http, secret_header(scheduler), {{host_.string_or("host", ""), origin}}).front();
  }

  int print() {
    Console& console = session_.console();
    const std::string mode = host_.string_or("mode", "NONE");
    const std::string seen = format_age(Instant{host_.int_or("lastSeenMs", 0)}, session_.world().clock.now());
    console.print(tone_of(host_), printable_line(host_.string_or("host", "")) + ": " + (mode == "NONE" ? "takes tasks" : mode) + ", " +
                                      (host_.bool_or("isConnected", false) ? "connected" : "not connected") +
                                      (seen == "-" ? ", not seen since the scheduler started" : ", seen " + seen + (seen == "now" ? "" : " ago")));
    print_attributes();
    print_amounts();
    return print_tasks();
  }

  int print_as_json() {
    const auto tasks = list_tasks_of_host();
    if (!tasks.ok()) return session_.fail(tasks.error(), "Command failure:", ExitCode::ApiError);
    codec::JsonArray all;
    for (const codec::JsonValue& task : *tasks) {
      codec::JsonObject entry;
      entry.add_members(task.to_json());
      if (const TaskUsage* usage = find_usage(task.string_or("taskId", "")))
        entry.add("cpuUsed", usage->cpus).add("ramUsedBytes", usage->ram_bytes).add("diskUsedBytes", usage->disk_bytes);
      all.add_raw(std::move(entry).text());
    }
    codec::JsonObject document;
    document.add_members(host_.to_json()).add_raw("tasks", all.text());
    if (!usage_.failure.empty()) document.add("usageFailure", usage_.failure);
    session_.console().print(codec::indent_json(std::move(document).text(), 2));
    return 0;
  }

 private:
  void print_attributes() {
    const codec::JsonValue* attributes = host_.find("attributes");
    if (attributes == nullptr) return;
    for (const auto& [name, values] : attributes->members()) {
      std::string text;
      for (const auto& value : values.items()) text += (text.empty() ? "" : ", ") + (value.is_string() ? *value.as_string() : "");
      session_.console().print("  " + printable_line(name + " = " + text));
    }
  }

  void print_amounts() {
    const Amounts offered = to_amounts(host_.find("capacity"));
    const Amounts left = to_amounts(host_.find("available"));
    TaskUsage used;
    for (const TaskUsage& task : usage_.tasks) {
      used.cpus += task.cpus;
      used.ram_bytes += task.ram_bytes;
      used.disk_bytes += task.disk_bytes;
    }
    const bool is_measured = usage_.failure.empty();
    const auto measured = [&](const std::string& text) { return is_measured ? text : std::string("?"); };
    constexpr double kMb = 1 << 20;
    TextTable table({{"", 9}, {"OFFERED", 7, 0, true}, {"RESERVED", 8, 0, true}, {"USED", 6, 0, true}, {"FREE", 5, 0, true}});
    table.add({"CPU cores", number(offered.cpus), number(offered.cpus - left.cpus), measured(number(used.cpus)), number(left.cpus)});
    table.add({"RAM GB", gigabytes(offered.ram_mb), gigabytes(offered.ram_mb - left.ram_mb),
               measured(gigabytes(static_cast<double>(used.ram_bytes) / kMb)), gigabytes(left.ram_mb)});
    table.add({"Disk GB", gigabytes(offered.disk_mb), gigabytes(offered.disk_mb - left.disk_mb),
               measured(gigabytes(static_cast<double>(used.disk_bytes) / kMb)), gigabytes(left.disk_mb)});
    if (offered.gpus > 0) table.add({"GPUs", std::to_string(offered.gpus), std::to_string(offered.gpus - left.gpus), "", std::to_string(left.gpus)});
    print_lines(session_.console(), table);
    if (!is_measured) session_.console().log(Severity::Warning, "What is used is not known: " + usage_.failure);
  }

  Result<std::vector<codec::JsonValue>> list_tasks_of_host() {
    return scheduler_.list("getTasksWithoutConfigs", "/v1/tasks",
                           {{"host", host_.string_or("host", "")}, {"active", "true"}, {"configs", "byHash"},
                            {"fields", "taskId,instanceId,status,statusReason,statusTone"}},
                           "tasks");
  }

  int print_tasks() {
    const auto tasks = list_tasks_of_host();
    if (!tasks.ok()) return session_.fail(tasks.error(), "Command failure:", ExitCode::ApiError);
    TextTable table({{"TASK", 9, 12}, {"STATE", 8}, {"CPU", 6, 0, true}, {"RAM MB", 5, 0, true}, {"DISK MB", 4, 0, true}});
    for (const codec::JsonValue& task : *tasks) {
      const std::string id = task.string_or("taskId", "");
      const TaskUsage* usage = find_usage(id);
      const std::string name = usage == nullptr ? id : core::to_string(usage->job) + "/" + std::to_string(usage->instance);
      char cpu[32] = "?";
      if (usage != nullptr) std::snprintf(cpu, sizeof cpu, "%.2f", usage->cpus);
      table.add({printable_line(name), task.string_or("status", ""), cpu, usage == nullptr ? "?" : std::to_string(usage->ram_bytes >> 20),
                 usage == nullptr ? "?" : std::to_string(usage->disk_bytes >> 20)});
    }
    if (!tasks->empty()) print_lines(session_.console(), table);
    return 0;
  }

  const TaskUsage* find_usage(const std::string& task_id) const {
    const auto found = std::ranges::find(usage_.tasks, task_id, &TaskUsage::task_id);
    return found == usage_.tasks.end() ? nullptr : &*found;
  }

  Session& session_;
  SchedulerClient& scheduler_;
  const codec::JsonValue host_;
  HostUsage usage_;
};

}  // namespace

int host_list(Session& session, const HostListOptions& options) {
  for (const std::string& mode : options.modes) {
    if (std::ranges::find(kModes, mode) != std::end(kModes)) continue;
    return session.fail_option("--mode " + mode + ": use NONE, SCHEDULED, DRAINING or DRAINED");
  }
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto hosts = list_hosts(*scheduler, options);
  if (!hosts.ok()) return session.fail(hosts.error(), "Command failure:", ExitCode::ApiError);
  if (options.is_json) return print_json(session, *hosts);
  if (hosts->empty()) {
    session.console().info(options.search.empty() && options.modes.empty() ? "No host has registered with " + options.cluster
                                                                           : "No host of " + options.cluster + " is like that; `aurora host list " + options.cluster + "` shows all");
    return 0;
  }
  print_hosts(session, *hosts);
  return 0;
}

int host_show(Session& session, const HostShowOptions& options) {
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  auto hosts = scheduler->list("getHosts", "/v1/hosts", {{"search", options.host}}, "hosts");
  if (!hosts.ok()) return session.fail(hosts.error(), "Command failure:", ExitCode::ApiError);
  for (codec::JsonValue& host : *hosts) {
    if (host.string_or("host", "") != options.host) continue;
    HostShow show(session, *scheduler, std::move(host));
    return options.is_json ? show.print_as_json() : show.print();
  }
  return fail_unknown_hosts(session, *scheduler, {options.host});
}

}  // namespace aurora::client
