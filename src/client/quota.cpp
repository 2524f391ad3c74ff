// `quota get`, `get_quota`, `admin set_quota` and `admin increase_quota` (spec/client.md §5.4, §6.8, §11.1).
#include <charconv>
#include <cstdio>

#include "aurora/base/split.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/amounts.h"
#include "client/scheduler_client.h"

namespace aurora::client {
namespace {

struct Amounts {
  double cpus = 0;
  int64_t ram_mb = 0;
  int64_t disk_mb = 0;
};

Amounts amounts_in(const codec::JsonValue* found) {
  if (found == nullptr) return {};
  return {found->double_or("cpus", 0), found->int_or("ramMb", 0), found->int_or("diskMb", 0)};
}

// What an answer tells of, in the order in which it is printed.
struct Kind {
  const char* member;      // of our API's answer
  const char* json;        // in the original's document
  const char* title;       // noun-verb
  const char* classic;     // empty: the classic verb does not tell
};
constexpr Kind kKinds[] = {
    {"quota", "quota", "Allocated:", "Total allocated quota for "},
    {"prodShared", "prodSharedConsumption", "Production shared pool resources consumed:",
     "Resources consumed by production jobs for "},
    {"prodDedicated", "prodDedicatedConsumption", "Production dedicated pool resources consumed:", ""},
    {"nonProdShared", "nonProdSharedConsumption", "Non-production shared pool resources consumed:",
     "Resources consumed by non-production jobs for "},
    {"nonProdDedicated", "nonProdDedicatedConsumption", "Non-production dedicated pool resources consumed:", ""},
};

std::string gigabytes(int64_t megabytes) {
  char text[64];
  std::snprintf(text, sizeof text, "%f GB", static_cast<double>(megabytes) / 1024);
  return text;
}

std::string to_json(const codec::JsonValue& resources) {
  codec::JsonObject document;
  for (const Kind& kind : kKinds) {
    const Amounts amounts = amounts_in(resources.find(kind.member));
    codec::JsonArray all;
    all.add_raw("{\"numCpus\":" + format_cores(amounts.cpus) + "}");
    all.add_raw(codec::JsonObject().add("ramMb", amounts.ram_mb).text());
    all.add_raw(codec::JsonObject().add("diskMb", amounts.disk_mb).text());
    document.add_raw(kind.json, codec::JsonObject().add_raw("resources", all.text()).text());
  }
  return document.text();
}

void print(Session& session, const codec::JsonValue& resources) {
  for (const Kind& kind : kKinds) {
    const Amounts amounts = amounts_in(resources.find(kind.member));
    session.console().print(kind.title);
    session.console().print("  CPU: " + format_cores(amounts.cpus) + " core(s)");
    session.console().print("  RAM: " + std::to_string(amounts.ram_mb) + " MB");
    session.console().print("  Disk: " + std::to_string(amounts.disk_mb) + " MB");
  }
}

void report_classic(Session& session, const codec::JsonValue& resources, const std::string& role) {
  for (const Kind& kind : kKinds) {
    if (*kind.classic == '\0') continue;
    const Amounts amounts = amounts_in(resources.find(kind.member));
    session.console().info(kind.classic + role + ":");
    session.console().info("\tCPU\t" + format_cores(amounts.cpus));
    session.console().info("\tRAM\t" + gigabytes(amounts.ram_mb));
    session.console().info("\tDisk\t" + gigabytes(amounts.disk_mb));
  }
}

std::string role_route(const std::string& role) { return "/v1/roles/" + net::url_encode(role); }

// The resources of the role: its quota and what it uses.
Result<codec::JsonValue> find_resources(Session& session, SchedulerClient& scheduler, const std::string& role) {
  session.console().info("Getting quota for: " + role);
  const codec::JsonValue answer = TRY(scheduler.get("getQuota", role_route(role)));
  const codec::JsonValue* resources = answer.find("resources");
  if (resources != nullptr) return *resources;
  return Error{ErrorCode::DataLoss, "the scheduler's answer for role " + role + " has no resources"};
}

Result<double> parse_cores(const std::string& text) {
  double cores = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, cores);
  if (parsed.ec == std::errc() && parsed.ptr == end) return cores;
  return Error{ErrorCode::InvalidArgument, "could not convert string to float: " + text};
}

Result<Amounts> parse_amounts(const SetQuotaOptions& options) {
  const bool may_be_less = options.how == SetQuotaHow::Increase;
  const auto size = [&](const std::string& text) -> Result<int64_t> {
    if (!may_be_less || !text.starts_with('-')) return parse_size(text);
    return -TRY(parse_size(text.substr(1)));
  };
  Amounts amounts;
  amounts.cpus = TRY(parse_cores(options.cpus));
  amounts.ram_mb = TRY(size(options.ram));
  amounts.disk_mb = TRY(size(options.disk));
  return amounts;
}

int send(Session& session, SchedulerClient& scheduler, const std::string& role, const Amounts& amounts) {
  char text[128];
  std::snprintf(text, sizeof text, " cpu:%f ram:%lld disk: %lld", amounts.cpus, static_cast<long long>(amounts.ram_mb),
                static_cast<long long>(amounts.disk_mb));
  session.console().info("Setting quota for user:" + role + text);
  const std::string body = codec::JsonObject()
                               .add("cpus", amounts.cpus)
                               .add("ramMb", amounts.ram_mb)
                               .add("diskMb", amounts.disk_mb)
                               .text();
  const auto reply = scheduler.change("setQuota", "PUT", role_route(role) + "/quota", body);
  if (!reply.ok()) return session.fail(reply.error(), "The quota of " + role + " was not set:", ExitCode::ApiError);
  report_response(session, "OK", reply->string_or("message", ""));
  return 0;
}

}  // namespace

int quota_get(Session& session, const QuotaOptions& options) {
  std::string cluster = options.cluster;
  std::string role = options.role;
  if (!session.is_classic()) {
    const std::vector<std::string> parts = split(options.role, '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return session.fail(ExitCode::Usage, "Role argument must be a CLUSTER/NAME pair");
    cluster = parts[0];
    role = parts[1];
  }
  auto scheduler = SchedulerClient::find(session, cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto resources = find_resources(session, *scheduler, role);
  if (!resources.ok())
    return session.fail(resources.error(), "Error retrieving quota for role " + role, ExitCode::ApiError);
  if (options.is_json) {
    session.console().print(to_json(*resources));
  } else if (session.is_classic()) {
    report_classic(session, *resources, role);
  } else {
    print(session, *resources);
  }
  return 0;
}

int set_quota(Session& session, const SetQuotaOptions& options) {
  auto amounts = parse_amounts(options);
  if (!amounts.ok()) return session.fail(ExitCode::Usage, amounts.error().message);
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  if (options.how == SetQuotaHow::Set) return send(session, *scheduler, options.role, *amounts);

  const auto resources = find_resources(session, *scheduler, options.role);
  if (!resources.ok())
    return session.fail(resources.error(), "Error retrieving quota for role " + options.role, ExitCode::ApiError);
  const Amounts current = amounts_in(resources->find("quota"));
  Console& console = session.console();
  console.info("Current quota for " + options.role + ":");
  console.info("\tCPU\t" + format_cores(current.cpus) + " core(s)");
  console.info("\tRAM\t" + std::to_string(current.ram_mb) + " MB");
  console.info("\tDisk\t" + std::to_string(current.disk_mb) + " MB");
  const Amounts wanted{current.cpus + amounts->cpus, current.ram_mb + amounts->ram_mb,
                       current.disk_mb + amounts->disk_mb};
  console.info("Attempting to update quota for " + options.role + " to");
  console.info("\tCPU\t" + format_cores(wanted.cpus));
  console.info("\tRAM\t" + std::to_string(wanted.ram_mb) + " MB");
  console.info("\tDisk\t" + std::to_string(wanted.disk_mb) + " MB");
  return send(session, *scheduler, options.role, wanted);
}

}  // namespace aurora::client
