// Quotas of roles (spec/scheduler.md §7.3, spec/api.md §8).
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/submit.h"

namespace aurora::api {
namespace {

struct QuotaRequest {
  std::optional<double> cpus;
  std::optional<int64_t> ram_mb;
  std::optional<int64_t> disk_mb;
};
void fields(Is<QuotaRequest> auto& r, auto&& visit) {
  visit("cpus", r.cpus);
  visit("ramMb", r.ram_mb);
  visit("diskMb", r.disk_mb);
}

Result<net::Response> set_quota(const SchedulerServices& services, const net::Request& request) {
  const QuotaRequest wanted = TRY(decode_body<QuotaRequest>(request));
  if (!wanted.cpus || !wanted.ram_mb || !wanted.disk_mb) {
    return Error{ErrorCode::InvalidArgument,
                 "Quota resources must be exactly: [CPUS, RAM_MB, DISK_MB]; "
                 "send {\"cpus\": 10, \"ramMb\": 20480, \"diskMb\": 40960}"};
  }
  core::ResourceTotals amount;
  amount.cpus = *wanted.cpus;
  amount.ram_mb = *wanted.ram_mb;
  amount.disk_mb = *wanted.disk_mb;
  auto mark = TRY(mark_of(request));
  return submit(services.engine, core::SetQuota{{param(request, "role"), amount}, user_of(request)}, 200, std::move(mark));
}

std::vector<core::Quota> list_all(const core::Cluster& cluster) {
  std::vector<core::Quota> quotas;
  for (const core::Quota* quota : cluster.list_quotas()) quotas.push_back(*quota);
  return quotas;
}

Result<net::Response> list_quotas(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"offset", "limit"}));
  const Page page = TRY(page_of(request));
  return read(services, list_all, [&](const std::vector<core::Quota>& quotas) -> Result<net::Response> {
    PagedList list("quotas");
    list.add_all(request, slice(quotas, page),
                 [](std::string& out, const core::Quota& quota) { out += codec::encode_json(quota); });
    list.end(page, quotas.size());
    return list.answer();
  });
}

// As the original's servlet: {"role": {"cpu_cores": d, "ram_mb": n, "disk_mb": n}}; ?role= restricts it to one.
Result<net::Response> show_quotas(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {"role"}));
  const std::optional<std::string> role = request.find_query("role");
  return read(services, list_all, [&](const std::vector<core::Quota>& quotas) -> Result<net::Response> {
    codec::JsonObject all;
    for (const core::Quota& quota : quotas) {
      if (role && quota.role != *role) continue;
      all.add_raw(quota.role, codec::JsonObject()
                                  .add("cpu_cores", quota.amount.cpus)
                                  .add("ram_mb", quota.amount.ram_mb)
                                  .add("disk_mb", quota.amount.disk_mb)
                                  .text());
    }
    return json_answer(all.text());
  });
}

}  // namespace

std::vector<net::Route> quota_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/v1/quotas", bind(list_quotas)),
      make_route("PUT", "/v1/roles/{role}/quota", bind(set_quota)),
      make_route("GET", "/quotas", bind(show_quotas)),
  };
}

}  // namespace aurora::api
