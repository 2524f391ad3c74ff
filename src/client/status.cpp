// `status KEY` and `job status PARTIAL` (spec/client.md §5.4, §6.2): the original's text for scripts, a table at a terminal.
#include <algorithm>
#include <ctime>

#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "client/amounts.h"
#include "client/job_list.h"
#include "client/missing_job.h"
#include "client/task_document.h"
#include "client/task_table.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

std::string local_time(Instant at) {
  const std::time_t seconds = static_cast<std::time_t>(at.ms / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return {text, length};
}

std::string format_ports(const TaskView& task) {
  std::string text;
  for (const auto& [name, number] : task.ports) {
    text += (text.empty() ? "" : ", ") + ("'" + name + "': " + std::to_string(number));
  }
  return "{" + text + "}";
}

std::string or_none(const std::string& text) { return text.empty() ? "None" : text; }

std::string event_line(const TaskView::Event& event, const std::string& otherwise) {
  return local_time(event.at) + " " + event.status + ": " + event.message.value_or(otherwise);
}

// One line an event, each after `indent`. An event without a message says what the task waits for, if it is the last.
std::string event_lines(const TaskView& task, const std::string& indent) {
  std::string text;
  for (size_t i = 0; i < task.events.size(); ++i) {
    const bool is_last = i + 1 == task.events.size();
    const std::string wait = is_last ? waiting_for(task) : "";
    text += indent + event_line(task.events[i], wait.empty() ? "None" : wait);
  }
  return text;
}

// What the events leave out, a line each.
std::string reason_lines(const TaskView& task, const std::string& indent) {
  std::string text;
  const std::string wait = waiting_for(task);
  const bool is_said = !task.events.empty() && task.events.back().message.value_or(wait) == wait;
  if (!wait.empty() && !is_said) text += indent + (task.status == "PENDING" ? "pending reason: " : "reason: ") + wait;
  if (!task.end.empty()) text += indent + "reason: " + task.end;
  if (!task.stderr_url.empty()) text += indent + "stderr: " + task.stderr_url;
  return text;
}

std::string failures_line(const TaskView& task) {
  return "failure count: " + std::to_string(task.failure_count) + " (max " + std::to_string(task.max_failures) + ")";
}

std::string classic_task(const TaskView& task) {
  std::string text = "role: " + task.job.role + ", env: " + task.job.environment + ", name: " + task.job.name +
                     ", shard: " + std::to_string(task.instance) + ", status: " + task.status + " on " +
                     or_none(task.host) + "\ncpus: " + format_cores(task.cpus) +
                     ", ram: " + std::to_string(task.ram_mb) + " MB, disk: " + std::to_string(task.disk_mb) + " MB";
  if (!task.ports.empty()) text += "\n\tports: " + format_ports(task);
  text += "\n\t" + failures_line(task) + "\n\tevents:";
  text += event_lines(task, "\n\t\t ") + reason_lines(task, "\n\t");
  text += "\n\tmetadata:";
  for (const auto& [key, value] : task.metadata) text += "\n\t\t" + key + ": " + value;
  return text;
}

std::string resource_line(const TaskView& task) {
  std::string text = "CPU: " + format_cores(task.cpus) + " core(s), RAM: " + std::to_string(task.ram_mb) +
                     " MB, Disk: " + std::to_string(task.disk_mb) + " MB";
  for (const std::string& port : task.port_names) text += ", Port: " + port;
  if (task.gpus > 0) text += ", GPU: " + std::to_string(task.gpus) + " GPU(s)";
  return text;
}

std::string noun_task(const TaskView& task) {
  std::string text = "\tTask role: " + task.job.role + ", env: " + task.job.environment + ", name: " + task.job.name +
                     ", instance: " + std::to_string(task.instance) + ", status: " + task.status + " on " +
                     or_none(task.host) + "\n\t  " + resource_line(task);
  if (!task.ports.empty()) text += "\n\t  assigned ports: " + format_ports(task) + "\n\t  " + failures_line(task);
  text += "\n\t  events:";
  text += event_lines(task, "\n\t   ") + reason_lines(task, "\n\t  ");
  if (!task.metadata.empty()) text += "\n\t  metadata:";
  for (const auto& [key, value] : task.metadata) text += "\n\t\t  (key: '" + key + "', value: '" + value + "')";
  return text;
}

struct JobTasks {
  JobPath path;
  std::vector<TaskView> active;
  std::vector<TaskView> inactive;
};

JobTasks divide(const JobPath& path, std::vector<TaskView> tasks) {
  JobTasks result{path, {}, {}};
  for (TaskView& task : tasks) (task.is_active ? result.active : result.inactive).push_back(std::move(task));
  return result;
}

int print_classic(Session& session, const JobTasks& tasks) {
  Console& console = session.console();
  report_response(session, "OK", "");
  if (tasks.active.empty() && tasks.inactive.empty()) {
    console.info("No tasks found.");
    tell_missing_job(session, tasks.path);
    return 0;
  }
  console.info("Active Tasks (" + std::to_string(tasks.active.size()) + ")");
  for (const TaskView& task : tasks.active) console.info(classic_task(task));
  console.info("Inactive Tasks (" + std::to_string(tasks.inactive.size()) + ")");
  for (const TaskView& task : tasks.inactive) console.info(classic_task(task));
  return 0;
}

void print_text(Session& session, const std::vector<JobTasks>& jobs) {
  Console& console = session.console();
  for (const JobTasks& job : jobs) {
    if (jobs.size() > 1) console.print("Job " + to_string(job.path) + ":");
    console.print("Active tasks (" + std::to_string(job.active.size()) + "):");
    for (const TaskView& task : job.active) console.print(noun_task(task));
    console.print("Inactive tasks (" + std::to_string(job.inactive.size()) + "):");
    for (const TaskView& task : job.inactive) console.print(noun_task(task));
  }
  console.print("");
}

Result<std::string> job_document(SchedulerClient& scheduler, const JobPath& path) {
  codec::JsonArray active;
  codec::JsonArray inactive;
  TRY(walk_tasks(scheduler, job_query(path.job), [&](const codec::JsonValue& task, const codec::JsonValue* config) {
    (task.bool_or("isActive", false) ? active : inactive).add_raw(task_document(task, config));
  }));
  codec::JsonObject document;
  document.add("job", to_string(path)).add_raw("active", active.text()).add_raw("inactive", inactive.text());
  return document.text();
}

// The jobs of one cluster that are asked for; one that is fully named is not looked up first.
Result<std::vector<JobPath>> find_jobs(Session& session, SchedulerClient& scheduler, const JobPattern& pattern) {
  std::vector<JobPath> paths;
  if (pattern.is_exact()) {
    paths.push_back({pattern.cluster, {pattern.role, pattern.environment, pattern.name}});
    return paths;
  }
  for (const ListedJob& job : TRY(list_matching_jobs(session, scheduler, pattern))) paths.push_back(job.path);
  return paths;
}

// Whoever pipes the results gets what the original printed; those of the classic verb are on stderr.
bool is_for_people(Session& session, const StatusOptions& options) {
  const ConsoleConfig& config = session.console().config();
  return config.is_terminal_out && (config.is_terminal || !session.is_classic()) && !options.is_original && !options.is_json;
}

void print_table(Session& session, const JobPath& path, const TaskTable& table) {
  Console& console = session.console();
  const auto width = static_cast<size_t>(console.config().columns_out);
  for (const std::string& line : broken(to_string(path) + ": " + table.counts(), width)) console.print(line);
  for (const TextTable::Line& line : table.lines(width, session.world().clock.now())) console.print(line.tone, line.text);
}

int report_none(Session& session, const StatusOptions& options, const JobPattern& pattern) {
  if (options.is_json) {
    session.console().print(R"({"jobspec":)" + codec::quote_json(to_string(pattern)) +
                            R"(,"error":"No matching jobs found"})");
    return 0;
  }
  if (pattern.is_exact()) session.console().info("No tasks were found for jobkey " + to_string(pattern));
  if (pattern.is_exact()) tell_missing_job(session, {pattern.cluster, {pattern.role, pattern.environment, pattern.name}});
  return session.fail(ExitCode::InvalidParameter, "Found no jobs matching " + to_string(pattern));
}

Result<int> show_json(Session& session, const StatusOptions& options, const JobPattern& pattern,
                      std::vector<SchedulerClient>& schedulers) {
  codec::JsonArray all;
  bool has_tasks = false;
  for (SchedulerClient& scheduler : schedulers) {
    for (const JobPath& path : TRY(find_jobs(session, scheduler, pattern))) {
      const std::string document = TRY(job_document(scheduler, path));
      has_tasks = has_tasks || document.find("\"taskId\"") != std::string::npos;
      all.add_raw(document);
    }
  }
  if (!has_tasks) return report_none(session, options, pattern);
  session.console().print(codec::indent_json(all.text(), 2));
  return 0;
}

Result<int> show_tables(Session& session, const StatusOptions& options, const JobPattern& pattern,
                        std::vector<SchedulerClient>& schedulers) {
  bool has_tasks = false;
  for (SchedulerClient& scheduler : schedulers) {
    for (const JobPath& path : TRY(find_jobs(session, scheduler, pattern))) {
      TaskTable table;
      TRY(walk_tasks(scheduler, job_query(path.job), [&](const codec::JsonValue& task, const codec::JsonValue*) {
        table.add(to_task_view(task, nullptr));
      }));
      if (table.is_empty()) continue;
      if (has_tasks) session.console().print("");
      has_tasks = true;
      print_table(session, path, table);
    }
  }
  if (has_tasks || !session.is_classic()) return has_tasks ? 0 : report_none(session, options, pattern);
  session.console().info("No tasks found.");
  return 0;
}

Result<int> show(Session& session, const StatusOptions& options, const JobPattern& pattern,
                 std::vector<SchedulerClient>& schedulers) {
  if (options.is_json) return show_json(session, options, pattern, schedulers);
  if (is_for_people(session, options)) return show_tables(session, options, pattern, schedulers);
  std::vector<JobTasks> found;
  bool has_tasks = false;
  for (SchedulerClient& scheduler : schedulers) {
    for (const JobPath& path : TRY(find_jobs(session, scheduler, pattern))) {
      if (session.is_classic()) session.console().info("Checking status of " + to_string(path));
      found.push_back(divide(path, TRY(list_tasks(scheduler, path.job, {}, TaskFilter::All))));
      has_tasks = has_tasks || !found.back().active.empty() || !found.back().inactive.empty();
    }
  }
  if (session.is_classic()) return print_classic(session, found.front());
  if (!has_tasks) return report_none(session, options, pattern);
  print_text(session, found);
  return 0;
}

}  // namespace

int status(Session& session, const StatusOptions& options) {
  const auto pattern = parse_job_pattern(options.key);
  if (session.is_classic()) {
    if (const auto path = parse_job_path(options.key); !path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  }
  if (!pattern.ok()) return session.fail(ExitCode::Usage, pattern.error().message);
  auto schedulers = find_schedulers(session, pattern->cluster);
  if (!schedulers.ok()) return session.fail(ExitCode::InvalidConfiguration, schedulers.error().message);
  const Result<int> result = show(session, options, *pattern, *schedulers);
  if (result.ok()) return *result;
  return session.fail(result.error(), "Command failure:", ExitCode::InvalidParameter);
}

}  // namespace aurora::client
