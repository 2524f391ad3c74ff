// What Aurora's servlets told, at their addresses, for the scripts that read them (Aurora 0.22, spec/api.md §8). /v1 has
// the same in pages.
#include <cstdio>

#include "api/handler.h"
#include "aurora/api/html.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "aurora/core/quota/consumption_metric.h"

namespace aurora::api {
namespace {

using core::UseByClass;

net::Response html_answer(const std::string& title, const std::string& body) {
  net::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!DOCTYPE html>\n<title>" + escape_html(title) + "</title>\n" + body;
  return response;
}

Error too_large(const std::string& instead) {
  return {ErrorCode::ResourceExhausted,
          "the answer has more than " + std::to_string(kAnswerBytesMax) + " bytes; " + instead + " has it in pages"};
}

// --- /offers: what each connected host has left, as Mesos told it.

std::string scalar(const char* name, double value, const char* role, bool is_revocable = false) {
  codec::JsonObject resource;
  resource.add("name", name).add("type", "SCALAR").add_raw("scalar", codec::JsonObject().add("value", value).text());
  resource.add("role", role);
  if (is_revocable) resource.add_raw("revocable", "{}");
  return resource.text();
}

std::string offer_of(const core::Cluster& cluster, const core::Host& host) {
  const core::ResourceTotals left = cluster.available(host.id);
  codec::JsonArray resources;
  resources.add_raw(scalar("cpus", left.cpus, "*"));
  if (left.revocable_cpus > 0) resources.add_raw(scalar("cpus", left.revocable_cpus, "*", true));
  resources.add_raw(scalar("mem", static_cast<double>(left.ram_mb), "*"));
  resources.add_raw(scalar("disk", static_cast<double>(left.disk_mb), "*"));
  if (left.gpus > 0) resources.add_raw(scalar("gpus", static_cast<double>(left.gpus), "*"));
  codec::JsonArray ranges;
  for (const core::PortRange& range : host.port_ranges)
    ranges.add_raw(codec::JsonObject().add("begin", range.first).add("end", range.last).text());
  resources.add_raw(codec::JsonObject()
                        .add("name", "ports")
                        .add("type", "RANGES")
                        .add_raw("ranges", codec::JsonObject().add_raw("range", ranges.text()).text())
                        .add("role", "*")
                        .text());
  codec::JsonArray attributes;
  for (const auto& [name, values] : host.attributes) {
    for (const std::string& value : values) {
      attributes.add_raw(codec::JsonObject()
                             .add("name", name)
                             .add("type", "TEXT")
                             .add_raw("text", codec::JsonObject().add("value", value).text())
                             .text());
    }
  }
  return codec::JsonObject()
      .add_raw("id", codec::JsonObject().add("value", host.id.value()).text())
      .add_raw("agent_id", codec::JsonObject().add("value", host.agent_id).text())
      .add("hostname", host.id.value())
      .add_raw("resources", resources.text())
      .add_raw("attributes", attributes.text())
      .text();
}

Result<net::Response> show_offers(const SchedulerServices& services, const net::Request&) {
  const auto look = [](const core::Cluster& cluster) {
    codec::JsonArray offers;
    size_t bytes = 0;
    for (const core::Host* host : cluster.list_hosts()) {
      if (!cluster.is_connected(host->id)) continue;
      const std::string offer = offer_of(cluster, *host);
      bytes += offer.size();
      if (bytes > kAnswerBytesMax) return std::string();
      offers.add_raw(offer);
    }
    return offers.text();
  };
  return read(services, look, [](const std::string& text) -> Result<net::Response> {
    if (text.empty()) return too_large("/v1/hosts");
    return json_answer(text);
  });
}

// --- /state: which configurations run where.

Result<net::Response> show_state(const SchedulerServices& services, const net::Request&) {
  const auto look = [](const core::Cluster& cluster) {
    std::map<std::string, std::string> configs;
    codec::JsonObject agents;
    size_t bytes = 0;
    for (const core::Host* host : cluster.list_hosts()) {
      codec::JsonArray names;
      const std::vector<const core::Task*> tasks = cluster.list_host_tasks(host->id);
      for (const core::Task* task : tasks) {
        const std::string name = to_string(task->job()) + "-" + task->config.hash().value();
        const auto [known, is_new] = configs.try_emplace(name);
        if (is_new) known->second = codec::encode_json(*task->config);
        bytes += name.size() + (is_new ? known->second.size() : 0);
        if (bytes > kAnswerBytesMax) return std::string();
        names.add(name);
      }
      if (!tasks.empty()) agents.add_raw(host->agent_id, names.text());
    }
    codec::JsonObject all;
    for (const auto& [name, config] : configs) all.add_raw(name, config);
    return codec::JsonObject().add_raw("taskConfigs", all.text()).add_raw("agents", agents.text()).text();
  };
  return read(services, look, [](const std::string& text) -> Result<net::Response> {
    if (text.empty()) return too_large("/v1/tasks");
    return json_answer(text);
  });
}

// --- /structdump: one record, to be read.

net::Response dump(const std::string& heading, const std::optional<std::string>& json) {
  const std::string body = json ? "<pre>" + escape_html(codec::indent_json(*json, 2)) + "</pre>\n"
                                : "<p style=\"color: red\">Exception: Entity not found</p>\n";
  return html_answer(heading, "<h1>" + escape_html(heading) + "</h1>\n" + body);
}

Result<net::Response> dump_task(const SchedulerServices& services, const net::Request& request) {
  const core::TaskId id(param(request, "id"));
  const auto look = [&](const core::Cluster& cluster) -> std::optional<std::string> {
    const core::Task* task = cluster.find_task(id);
    if (task == nullptr) return std::nullopt;
    return codec::encode_json(*task);
  };
  return read(services, look, [&](const std::optional<std::string>& json) -> Result<net::Response> {
    return dump("Task " + id.value(), json);
  });
}

Result<net::Response> dump_cron_job(const SchedulerServices& services, const net::Request& request) {
  const core::JobKey key = job_param(request);
  const auto look = [&](const core::Cluster& cluster) -> std::optional<std::string> {
    const core::CronJob* cron = cluster.find_cron_job(key);
    if (cron == nullptr) return std::nullopt;
    return codec::encode_json(cron->job);
  };
  return read_job(services, key, look, [&](const std::optional<std::string>& json) -> Result<net::Response> {
    return dump("Cron job " + to_string(key), json);
  });
}

Result<net::Response> explain_structdump(const SchedulerServices&, const net::Request&) {
  net::Response response = html_answer(
      "structdump",
      "<p>Usage: /structdump/task/{task_id} or /structdump/cron/{role}/{env}/{job}</p>\n");
  response.status = 400;
  return response;
}

// --- /utilization: who uses how much.

struct UtilizationRow {
  std::string title;
  std::string link;  // empty: none
  core::QuotaUse use;
};

net::Response utilization_table(const std::string& heading, const std::vector<UtilizationRow>& rows) {
  std::string table = "<table>\n<tr><th>Type</th><th>CPU</th><th>RAM</th><th>Disk</th></tr>\n";
  for (const UtilizationRow& row : rows) {
    const core::ResourceTotals use = totals(row.use);
    char cpus[40];
    std::snprintf(cpus, sizeof cpus, "%.10g", use.cpus);
    const std::string title = escape_html(row.title);
    table += "<tr><td>" + (row.link.empty() ? title : "<a href=\"" + escape_html(row.link) + "\">" + title + "</a>") +
             "</td><td>" + cpus + "</td><td>" + std::to_string(use.ram_mb) + " MB</td><td>" +
             std::to_string(use.disk_mb) + " MB</td></tr>\n";
  }
  return html_answer(heading, "<h1>" + escape_html(heading) + "</h1>\n" + table + "</table>\n");
}

Result<const core::ConsumptionMetric*> metric_of(const net::Request& request) {
  const std::string& name = param(request, "metric");
  for (const core::ConsumptionMetric& metric : core::consumption_metrics()) {
    if (name == metric.name) return &metric;
  }
  return Error{ErrorCode::InvalidArgument, "Invalid metric type."};
}

Result<net::Response> show_utilization(const SchedulerServices& services, const net::Request&) {
  const auto look = [](const core::Cluster& cluster) {
    UseByClass all;
    for (const std::string& role : cluster.list_roles()) all += cluster.active_use(role);
    return all;
  };
  return read(services, look, [](const UseByClass& all) -> Result<net::Response> {
    std::vector<UtilizationRow> rows;
    for (const core::ConsumptionMetric& metric : core::consumption_metrics())
      rows.push_back({std::string(metric.title), "/utilization/" + std::string(metric.name), use_in(all, metric)});
    return utilization_table("Utilization", rows);
  });
}

Result<net::Response> show_roles(const SchedulerServices& services, const net::Request& request) {
  const core::ConsumptionMetric* metric = TRY(metric_of(request));
  const auto look = [&](const core::Cluster& cluster) {
    std::vector<UtilizationRow> rows;
    for (const std::string& role : cluster.list_roles()) {
      const core::QuotaUse use = use_in(cluster.active_use(role), *metric);
      if (use == core::QuotaUse{}) continue;
      rows.push_back({role, "/utilization/" + std::string(metric->name) + "/" + net::url_encode(role), use});
    }
    return rows;
  };
  return read(services, look, [&](const std::vector<UtilizationRow>& rows) -> Result<net::Response> {
    return utilization_table(std::string(metric->title), rows);
  });
}

Result<net::Response> show_jobs(const SchedulerServices& services, const net::Request& request) {
  const core::ConsumptionMetric* metric = TRY(metric_of(request));
  const std::string& role = param(request, "role");
  const auto look = [&](const core::Cluster& cluster) {
    std::map<std::string, core::QuotaUse> by_name;  // of all environments
    for (const core::JobKey& job : cluster.list_jobs(role)) {
      UseByClass use;
      for (const core::Task* task : cluster.list_active(job)) use[quota_class_of(*task->config)] += use_of(*task->config);
      by_name[job.name] += use_in(use, *metric);
    }
    std::vector<UtilizationRow> rows;
    for (const auto& [name, use] : by_name) {
      if (!(use == core::QuotaUse{})) rows.push_back({name, "", use});
    }
    return rows;
  };
  return read(services, look, [&](const std::vector<UtilizationRow>& rows) -> Result<net::Response> {
    return utilization_table(std::string(metric->title) + " by " + role, rows);
  });
}

}  // namespace

std::vector<net::Route> servlet_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      make_route("GET", "/offers", bind(show_offers)),
      make_route("GET", "/state", bind(show_state)),
      make_route("GET", "/structdump", bind(explain_structdump)),
      make_route("GET", "/structdump/task/{id}", bind(dump_task)),
      make_route("GET", "/structdump/cron/{role}/{environment}/{name}", bind(dump_cron_job)),
      make_route("GET", "/utilization", bind(show_utilization)),
      make_route("GET", "/utilization/{metric}", bind(show_roles)),
      make_route("GET", "/utilization/{metric}/{role}", bind(show_jobs)),
  };
}

}  // namespace aurora::api
