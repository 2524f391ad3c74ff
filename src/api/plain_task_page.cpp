// A host's task without scripts: what curl and text browsers get, at the same address as the application's
// page.
#include "aurora/api/html.h"
#include "api/observer.h"

namespace aurora::api {
namespace {

using executor::ProcessRunView;
using executor::TaskView;

std::string link_to(const std::string& address, const std::string& text) {
  return "<a href=\"" + escape_html(address) + "\">" + escape_html(text) + "</a>";
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) row += "<td>" + cell + "</td>";
  return row + "</tr>\n";
}

std::string time_of(const std::optional<Instant>& at) { return at ? to_iso8601(*at) : ""; }

std::string process_row(const std::string& id, const ProcessRunView& view) {
  const std::string logs =
      "/download/" + id + "/.logs/" + net::url_encode(view.name) + "/" + std::to_string(view.run) + "/";
  const std::optional<int32_t> code = view.record.return_code;
  return row_of({escape_html(view.name), std::to_string(view.run), std::string(enum_name(view.record.state)),
                 code && *code != 0 ? std::to_string(*code) : "", time_of(view.record.start_time),
                 time_of(view.record.stop_time), link_to(logs + "stdout", "stdout"),
                 link_to(logs + "stderr", "stderr")});
}

}  // namespace

Result<std::string> plain_task_page(const ExecutorServices& services, const net::Request& request) {
  const std::string& id = request.path_params.at("id");
  const TaskView view = TRY(services.view.get_task(core::TaskId(id)));
  std::string html = "<h1>task " + escape_html(id) + "</h1>\n<p>status " +
                     std::string(enum_name(view.summary.state)) + ", user " + escape_html(view.summary.user) +
                     ", host " + escape_html(services.hostname) + ", " +
                     link_to("/rawtask/" + id, "task config") + "</p>\n<table>\n";
  for (const core::RunStateRecord& status : view.statuses) {
    html += row_of({std::string(enum_name(status.state)), to_iso8601(status.at)});
  }
  html += "</table>\n<table>\n" +
          row_of({"process", "run", "status", "return code", "started", "finished", "stdout", "stderr"});
  for (const ProcessRunView& process : view.processes) html += process_row(id, process);
  return html + "</table>\n";
}

}  // namespace aurora::api
