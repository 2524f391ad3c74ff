// Hosts, and the reports of their executors.
#include <algorithm>

#include "api/access.h"
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/refused_hosts.h"
#include "api/routes.h"
#include "api/submit.h"
#include "aurora/core/commands/reconcile_names.h"

namespace aurora::api {
namespace {

struct HostView {
  core::Host host;
  core::ResourceTotals available;
  size_t task_count = 0;
  size_t unknown_task_count = 0;
  bool is_connected = false;
  Instant last_seen;  // zero: not since the scheduler started, or too long ago
};

HostView view_of(const core::Cluster& cluster, const core::Host& host) {
  HostView view{host,
                cluster.available(host.id),
                cluster.list_host_tasks(host.id).size(),
                cluster.list_unknown_tasks(host.id).size(),
                cluster.is_connected(host.id),
                {}};
  if (const core::HostSession* session = cluster.find_session(host.id)) view.last_seen = session->last_seen;
  return view;
}

void write(std::string& out, const HostView& view) {
  codec::json::ObjectWriter json(out);
  json.add_fields(view.host);
  json.add("available", view.available);
  json.add("taskCount", view.task_count);
  json.add("unknownTaskCount", view.unknown_task_count);
  json.add("isConnected", view.is_connected);
  json.add("lastSeenMs", view.last_seen);
  json.end();
}

// Its name or a value of an attribute contains the text.
bool matches(const core::Host& host, const std::string& text) {
  const auto contains = [&](const std::string& value) { return value.find(text) != std::string::npos; };
  return contains(host.id.value()) || std::ranges::any_of(host.attributes, [&](const auto& attribute) {
           return std::ranges::any_of(attribute.second, contains);
         });
}

// A complete report names every task of its host.
constexpr size_t kReportBytesMax = 16u << 20;

Result<net::Response> list_hosts(const SchedulerServices& services,
                                 const std::shared_ptr<RefusedHosts>& refused, const net::Request& request) {
  TRY(check_query(request, {"search", "offset", "limit"}));
  const std::string search = request.find_query("search").value_or("");
  const Page page = TRY(page_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    std::vector<const core::Host*> hosts = cluster.list_hosts();
    if (!search.empty())
      std::erase_if(hosts, [&](const core::Host* host) { return !matches(*host, search); });
    std::vector<HostView> selected;
    for (const core::Host* host : slice(hosts, page)) selected.push_back(view_of(cluster, *host));
    return std::pair(std::move(selected), hosts.size());
  };
  return read(services, look, [&](const auto& seen) -> Result<net::Response> {
    const auto& [views, total] = seen;
    PagedList hosts("hosts");
    hosts.add_all(request, views, [](std::string& out, const HostView& view) { write(out, view); });
    hosts.end(page, total).begin("refused") += refused->encode();
    return hosts.answer();
  });
}

// A newer executor may say more than this scheduler knows: unknown fields are ignored here, unlike in users'
// requests.
Result<net::Response> report_tasks(const SchedulerServices& services,
                                   const std::shared_ptr<RefusedHosts>& refused,
                                   const net::Request& request) {
  const codec::JsonValue body = TRY(codec::JsonValue::parse(request.body));
  auto report = TRY(codec::decode_json<core::ReportTasks>(body, codec::UnknownFields::Ignore));
  const std::string& host = param(request, "host");
  if (report.host_id.value() != host || (report.host && report.host->id != report.host_id)) {
    return Error{ErrorCode::InvalidArgument, "A report for host '" + report.host_id.value() +
                                                 "' was sent to the address of '" + host + "'"};
  }
  const core::HostId id = report.host_id;
  return submit(services.engine, std::move(report),
                [refused, id, &clock = services.clock](
                    const Result<core::ReportTasks::Answer>& answer) -> Result<net::Response> {
                  if (answer.ok()) {
                    refused->forget(id);
                  } else if (answer.error().code == ErrorCode::FailedPrecondition) {
                    refused->note(id, answer.error().message, clock.now());
                  }
                  return json_answer(codec::encode_json(TRY(answer)));
                });
}

struct ReconcileRequest {
  core::Reconcile::Kind kind = core::Reconcile::Kind::Explicit;
};
void fields(Is<ReconcileRequest> auto& r, auto&& visit) { visit("kind", r.kind); }

Result<net::Response> reconcile(const SchedulerServices& services, const std::shared_ptr<RefusedHosts>&,
                                const net::Request& request) {
  const auto body = TRY(decode_body<ReconcileRequest>(request));
  return submit(services.engine, core::Reconcile{body.kind});
}

}  // namespace

std::vector<net::Route> host_routes(const SchedulerServices& services) {
  const auto refused = std::make_shared<RefusedHosts>();
  const auto bind = [&](auto handler) {
    return [services, refused, handler](const net::Request& request) {
      return handler(services, refused, request);
    };
  };
  return {
      make_route("GET", "/v1/hosts", bind(list_hosts)),
      make_route("POST", "/v1/reconciliation", bind(reconcile)),
      brief(with_body(make_route("POST", "/v1/hosts/{host}/report", bind(report_tasks)), kReportBytesMax)),
  };
}

}  // namespace aurora::api
