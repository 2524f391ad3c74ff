// `top [CLUSTER[/ROLE[/ENV/NAME]]]`: what roles, jobs or instances use, by what the executors measure, beside what they reserve.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "aurora/base/printable.h"
#include "aurora/base/split.h"
#include "aurora/client/job_path.h"
#include "aurora/client/live.h"
#include "aurora/codec/json.h"
#include "client/host_usage.h"
#include "client/live_screen.h"
#include "client/missing_job.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

constexpr size_t kHostsMax = 1'000;  // asked in one look
constexpr int64_t kShareOfTime = 4;  // a look may take so much less time than what lies between two
constexpr double kGigabyte = 1 << 30;

enum class Depth { Roles, Jobs, Instances };

struct Target {
  std::string cluster = {};
  core::JobKey job = {};  // parts that are empty: all
  Depth depth = Depth::Roles;
};

Result<Target> parse_target(Session& session, const std::string& text) {
  Target target;
  if (text.empty()) {
    const auto clusters = TRY(session.list_clusters());
    if (clusters.size() == 1) return Target{clusters.begin()->first, {}, Depth::Roles};
    return Error{ErrorCode::InvalidArgument, "There are " + std::to_string(clusters.size()) + " clusters; name one: `aurora top CLUSTER`"};
  }
  const std::vector<std::string> parts = split(text, '/');
  const bool is_known = parts.size() == 1 || parts.size() == 2 || parts.size() == 4;
  if (!is_known || std::ranges::any_of(parts, [](const std::string& part) { return part.empty(); }))
    return Error{ErrorCode::InvalidArgument, "'" + text + "' is not of the form CLUSTER[/ROLE[/ENV/NAME]]"};
  target.cluster = parts[0];
  if (parts.size() > 1) target.job.role = parts[1];
  if (parts.size() > 1) target.depth = Depth::Jobs;
  if (parts.size() < 4) return target;
  target.job.environment = parts[2];
  target.job.name = parts[3];
  target.depth = Depth::Instances;
  return target;
}

struct Row {
  std::string name = {};
  int64_t tasks = 0;
  double cpus = 0;  // used
  int64_t ram_bytes = 0;
  double reserved_cpus = 0;
  int64_t reserved_ram_mb = 0;
  int64_t restarts = 0;
  int64_t unmeasured = 0;  // tasks
  std::string host = {};        // of an instance
};

struct Look {
  std::vector<Row> rows = {};
  Row total;
  std::vector<std::string> silent = {};  // hosts
  size_t hosts_left_out = 0;
};

class Top {
 public:
  Top(Session& session, SchedulerClient scheduler, Target target, const TopOptions& options)
      : session_(session), scheduler_(std::move(scheduler)), target_(std::move(target)), options_(options), screen_(session) {}

  int run() {
    World& world = session_.world();
    for (int64_t looks = 1;; ++looks) {
      const Duration begin = world.clock.monotonic();
      const auto seen = look();
      if (!seen.ok()) {
        screen_.erase();
        return session_.fail(seen.error(), "Command failure:", ExitCode::ApiError);
      }
      if (seen->rows.empty() && target_.depth == Depth::Instances && !has_shown_ && tell_missing_job(session_, scheduler_, {target_.cluster, target_.job}))
        return session_.is_classic() ? 1 : static_cast<int>(ExitCode::InvalidParameter);
      has_shown_ = true;
      show(*seen);
      if (looks == options_.looks) return 0;
      const Duration took = world.clock.monotonic() - begin;
      const Duration interval = std::max(Duration{static_cast<int64_t>(options_.interval_secs * 1000)}, took * kShareOfTime);
      if (!wait(interval, *seen)) return session_.end_interrupted();
    }
  }

 private:
  // The picture follows the terminal's size meanwhile.
  bool wait(Duration interval, const Look& seen) {
    World& world = session_.world();
    const Duration end = world.clock.monotonic() + interval;
    int columns = screen_.size().columns;
    for (;;) {
      const Duration left = end - world.clock.monotonic();
      if (left.ms <= 0) return true;
      if (!world.pause(std::min(left, milliseconds(500)))) return false;
      if (!is_drawn() || std::exchange(columns, screen_.size().columns) == screen_.size().columns) continue;
      show(seen);
    }
  }
  bool is_once() const { return options_.looks == 1; }
  bool is_drawn() const { return screen_.is_live() && !is_once() && !options_.is_json; }

  std::string name_of(const core::JobKey& job, int64_t instance) const {
    if (target_.depth == Depth::Roles) return job.role;
    if (target_.depth == Depth::Jobs) return job.environment + "/" + job.name;
    return std::to_string(instance);
  }

  Query target_query() const {
    Query query;
    if (!target_.job.role.empty()) query.emplace("role", target_.job.role);
    if (!target_.job.environment.empty()) query.emplace("environment", target_.job.environment);
    if (!target_.job.name.empty()) query.emplace("name", target_.job.name);
    return query;
  }

  Result<Look> look() {
    std::map<std::string, Row> rows;
    std::map<std::string, std::string> row_of_task;
    std::map<std::string, std::string> origins;  // of hosts with such tasks
    TRY(read_tasks(rows, row_of_task, origins));
    TRY(read_restarts(rows));
    Look seen;
    std::vector<HostAddress> hosts;
    for (const auto& [host, origin] : origins) {
      if (hosts.size() < kHostsMax) hosts.push_back({host, origin});
    }
    seen.hosts_left_out = origins.size() - hosts.size();
    add_usage(measure_hosts(session_.world().http, secret_header(scheduler_), hosts), rows, row_of_task, seen);
    for (auto& [name, row] : rows) {
      seen.total.tasks += row.tasks;
      seen.total.cpus += row.cpus;
      seen.total.ram_bytes += row.ram_bytes;
      seen.total.reserved_cpus += row.reserved_cpus;
      seen.total.reserved_ram_mb += row.reserved_ram_mb;
      seen.total.restarts += row.restarts;
      seen.total.unmeasured += row.unmeasured;
      seen.rows.push_back(std::move(row));
    }
    sort(seen.rows);
    return seen;
  }

  Status read_tasks(std::map<std::string, Row>& rows, std::map<std::string, std::string>& row_of_task,
                    std::map<std::string, std::string>& origins) {
    Query query = target_query();
    query.emplace("active", "true");
    query.emplace("configs", "byHash");
    return scheduler_.walk("getTasksWithoutConfigs", "/v1/tasks", std::move(query), "tasks",
                           [&](const codec::JsonValue& task, const codec::JsonValue& page) {
                             const codec::JsonValue* configs = page.find("configs");
                             const codec::JsonValue* config = configs == nullptr ? nullptr : configs->find(task.string_or("configHash", ""));
                             if (config == nullptr) return;
                             add_task(task, *config, rows, row_of_task, origins);
                           });
  }

  void add_task(const codec::JsonValue& task, const codec::JsonValue& config, std::map<std::string, Row>& rows,
                std::map<std::string, std::string>& row_of_task, std::map<std::string, std::string>& origins) {
    core::JobKey job;
    if (const auto* key = config.find("job")) job = {key->string_or("role", ""), key->string_or("environment", ""), key->string_or("name", "")};
    const std::string name = name_of(job, task.int_or("instanceId", 0));
    Row& row = rows[name];
    row.name = name;
    ++row.tasks;
    if (const auto* resources = config.find("resources")) {
      row.reserved_cpus += resources->double_or("cpus", 0);
      row.reserved_ram_mb += resources->int_or("ramMb", 0);
    }
    const std::string origin = origin_of(task.string_or("taskUrl", ""));
    if (origin.empty()) return;
    row.host = task.string_or("host", "");
    origins[row.host] = origin;
    ++row.unmeasured;
    row_of_task[task.string_or("taskId", "")] = name;
  }

  // Runs that failed or were lost and that the scheduler still remembers.
  Status read_restarts(std::map<std::string, Row>& rows) {
    if (target_.depth == Depth::Instances) {
      Query query = target_query();
      for (const char* status : {"FAILED", "LOST"}) query.emplace("status", status);
      query.emplace("fields", "instanceId");
      return scheduler_.walk("getTasksWithoutConfigs", "/v1/tasks", std::move(query), "tasks",
                             [&](const codec::JsonValue& task, const codec::JsonValue&) {
                               const auto row = rows.find(std::to_string(task.int_or("instanceId", 0)));
                               if (row != rows.end()) ++row->second.restarts;
                             });
    }
    Query query = target_query();
    query.emplace("fields", "key,stats");
    return scheduler_.walk("getJobSummary", "/v1/jobs", std::move(query), "jobs", [&](const codec::JsonValue& job, const codec::JsonValue&) {
      const codec::JsonValue* key = job.find("key");
      const codec::JsonValue* stats = job.find("stats");
      if (key == nullptr || stats == nullptr) return;
      const auto row = rows.find(name_of({key->string_or("role", ""), key->string_or("environment", ""), key->string_or("name", "")}, 0));
      if (row != rows.end()) row->second.restarts += stats->int_or("failedTaskCount", 0);
    });
  }

  static void add_usage(const std::vector<HostUsage>& measured, std::map<std::string, Row>& rows,
                        const std::map<std::string, std::string>& row_of_task, Look& seen) {
    for (const HostUsage& host : measured) {
      if (!host.failure.empty()) seen.silent.push_back(host.host);
      for (const TaskUsage& task : host.tasks) {
        const auto name = row_of_task.find(task.task_id);
        if (name == row_of_task.end()) continue;
        Row& row = rows.at(name->second);
        row.cpus += task.cpus;
        row.ram_bytes += task.ram_bytes;
        --row.unmeasured;
      }
    }
  }

  void sort(std::vector<Row>& rows) const {
    const auto value = [&](const Row& row) {
      if (options_.sort == "ram") return static_cast<double>(row.ram_bytes);
      if (options_.sort == "restarts") return static_cast<double>(row.restarts);
      return options_.sort == "tasks" ? static_cast<double>(row.tasks) : row.cpus;
    };
    const auto number = [](const std::string& name) { return std::strtol(name.c_str(), nullptr, 10); };
    std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
      if (target_.depth == Depth::Instances && (options_.sort == "name" || value(a) == value(b))) return number(a.name) < number(b.name);
      return options_.sort != "name" && value(a) > value(b);
    });
  }

  void show(const Look& seen) {
    if (options_.is_json) return print_json(seen);
    const TerminalSize size = screen_.size();
    const bool fits = is_drawn();
    const auto width = static_cast<size_t>(std::max(size.columns, 2)) - (fits ? 1 : 0);
    const TextTable all = table(seen, seen.rows.size());
    const size_t room = fits ? static_cast<size_t>(std::max(size.rows - 5, 1)) : seen.rows.size();
    const size_t wanted = options_.rows > 0 ? static_cast<size_t>(options_.rows) : seen.rows.size();
    const size_t shown = std::min({seen.rows.size(), room, wanted});
    const size_t table_width = screen_.is_live() ? width : all.width();
    std::vector<std::string> lines;
    for (const std::string& line : broken(headline(seen), std::max<size_t>(table_width, screen_.is_live() ? 1 : 200))) lines.push_back(line);
    if (lines.size() > 2 && fits) lines.resize(2);
    if (seen.rows.empty()) lines.push_back(cut("No task is on a host there.", width));
    for (const TextTable::Line& line : seen.rows.empty() ? std::vector<TextTable::Line>{} : table(seen, shown).lines(table_width))
      lines.push_back(coloured(session_.console(), line.tone, line.text, std::max(table_width, line.text.size())));
    if (shown < seen.rows.size()) lines.push_back(cut(std::to_string(seen.rows.size() - shown) + " more", width));
    if (fits) return screen_.draw(lines);
    for (const std::string& line : lines) write_bytes(line + "\n");
    if (!is_once()) write_bytes("\n");
  }

  std::string headline(const Look& seen) const {
    char amounts[120];
    const bool is_small = seen.total.reserved_ram_mb < 1024;
    const double unit = is_small ? kGigabyte / 1024 : kGigabyte;
    std::snprintf(amounts, sizeof amounts, "CPU %.2f of %.1f cores asked for, RAM %.*f of %.*f %s", seen.total.cpus, seen.total.reserved_cpus,
                  is_small ? 0 : 1, static_cast<double>(seen.total.ram_bytes) / unit, is_small ? 0 : 1,
                  static_cast<double>(seen.total.reserved_ram_mb) * (1 << 20) / unit, is_small ? "MB" : "GB");
    std::string text = (options_.target.empty() ? target_.cluster : options_.target) + ": " + std::to_string(seen.total.tasks) + " tasks, " + amounts;
    if (!seen.silent.empty())
      text += "; " + std::to_string(seen.silent.size()) + " hosts do not answer (" + seen.silent.front() + (seen.silent.size() > 1 ? ", ..." : "") + ")";
    if (seen.hosts_left_out > 0)
      text += "; " + std::to_string(seen.hosts_left_out) + " hosts were not asked, " + std::to_string(kHostsMax) + " at most are: name a role or job";
    return printable_line(text);
  }

  TextTable table(const Look& seen, size_t count) const {
    const char* title = target_.depth == Depth::Roles ? "ROLE" : target_.depth == Depth::Jobs ? "JOB" : "INSTANCE";
    TextTable table({{title, 9, 6, target_.depth == Depth::Instances}, {"CPU", 8, 0, true}, {"OF", 5, 0, true}, {"RAM MB", 7, 0, true},
                     {"OF MB", 4, 0, true}, {"RESTARTS", 6, 0, true}, {"TASKS", 3, 0, true}, {"HOST", 2, 6}});
    for (size_t i = 0; i < count; ++i) {
      const Row& row = seen.rows[i];
      const bool is_known = row.unmeasured < row.tasks || row.tasks == 0;
      char cpu[32];
      std::snprintf(cpu, sizeof cpu, "%.2f%s", row.cpus, row.unmeasured > 0 ? "+" : "");
      char reserved[32];
      std::snprintf(reserved, sizeof reserved, "%.1f", row.reserved_cpus);
      const bool is_instance = target_.depth == Depth::Instances;
      const bool is_near_limit = row.ram_bytes > (row.reserved_ram_mb << 20) / 10 * 9;
      table.add({printable_line(row.name), is_known ? cpu : "?", reserved, is_known ? std::to_string(row.ram_bytes >> 20) : "?",
                 std::to_string(row.reserved_ram_mb), std::to_string(row.restarts), is_instance ? "" : std::to_string(row.tasks),
                 is_instance ? printable_line(row.host) : ""},
                row.restarts > 0 || is_near_limit ? Tone::Attention : Tone::Plain);
    }
    return table;
  }

  static std::string to_json(const Row& row) {
    codec::JsonObject object;
    if (!row.name.empty()) object.add("name", row.name);
    object.add("tasks", row.tasks).add("tasksNotMeasured", row.unmeasured).add("cpuUsed", row.cpus).add("cpuReserved", row.reserved_cpus);
    object.add("ramUsedBytes", row.ram_bytes).add("ramReservedMb", row.reserved_ram_mb).add("restarts", row.restarts);
    return std::move(object).text();
  }

  void print_json(const Look& seen) {
    codec::JsonArray rows;
    size_t count = 0;
    for (const Row& row : seen.rows) {
      if (options_.rows == 0 || count++ < static_cast<size_t>(options_.rows)) rows.add_raw(to_json(row));
    }
    codec::JsonArray silent;
    for (const std::string& host : seen.silent) silent.add(host);
    codec::JsonObject document;
    document.add("target", options_.target.empty() ? target_.cluster : options_.target).add("timeMs", session_.world().clock.now());
    document.add_raw("rows", rows.text()).add_raw("total", to_json(seen.total)).add_raw("silentHosts", silent.text());
    document.add("hostsNotAsked", static_cast<int64_t>(seen.hosts_left_out));
    const std::string text = std::move(document).text();
    session_.console().print(is_once() ? codec::indent_json(text, 2) : text);
  }

  Session& session_;
  SchedulerClient scheduler_;
  const Target target_;
  const TopOptions& options_;
  LiveScreen screen_;
  bool has_shown_ = false;
};

}  // namespace

int top(Session& session, const TopOptions& options) {
  constexpr const char* kSorts[] = {"cpu", "ram", "restarts", "tasks", "name"};
  if (std::ranges::find(kSorts, options.sort) == std::end(kSorts))
    return session.fail_option("--sort " + options.sort + ": use cpu, ram, restarts, tasks or name");
  const auto target = parse_target(session, options.target);
  if (!target.ok()) return session.fail(ExitCode::Usage, target.error().message);
  auto scheduler = SchedulerClient::find(session, target->cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return Top(session, std::move(*scheduler), *target, options).run();
}

}  // namespace aurora::client
