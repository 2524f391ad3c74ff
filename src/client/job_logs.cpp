// `job logs KEY[/INSTANCES]`: which tasks, on which hosts, and what becomes of them while they are followed.
#include <algorithm>
#include <map>
#include <set>

#include "aurora/client/job_path.h"
#include "aurora/client/logs.h"
#include "client/host_usage.h"
#include "client/log_hosts.h"
#include "client/log_printer.h"
#include "client/missing_job.h"
#include "client/task_view.h"

namespace aurora::client {
namespace {

constexpr Duration kLookEvery = seconds(5);      // for tasks that have come: at the scheduler
constexpr Duration kLookSoon = milliseconds(500);  // once a task has ended
constexpr Duration kLookLater = seconds(15);     // at a scheduler that did not answer
constexpr size_t kInstancesNamed = 200;          // in one address

struct LoggedTask {
  std::string id = {};
  int32_t instance = 0;
  std::string status = {};
  std::string host = {};
  std::string origin = {};  // of its executor; empty: it has not begun anywhere
  std::string end = {};
  bool is_active = false;
};

LoggedTask to_logged(const codec::JsonValue& task) {
  LoggedTask logged{.id = task.string_or("taskId", ""), .status = task.string_or("status", ""), .host = task.string_or("host", ""),
                    .origin = origin_of(task.string_or("taskUrl", "")), .end = task.string_or("endSentence", "")};
  logged.instance = static_cast<int32_t>(task.int_or("instanceId", 0));
  logged.is_active = task.bool_or("isActive", false);
  if (logged.status == "ASSIGNED") logged.origin.clear();  // its host may not know it yet
  return logged;
}

// Of each instance, the newest first.
class InstanceTasks {
 public:
  void add(LoggedTask task) { tasks_[task.instance].push_back(std::move(task)); }
  const std::map<int32_t, std::vector<LoggedTask>>& all() const { return tasks_; }

  // The newest with something to read: one that waits for a host has none. nullptr: none has.
  static const LoggedTask* find_readable(const std::vector<LoggedTask>& tasks) {
    const auto found = std::ranges::find_if(tasks, [](const LoggedTask& task) { return !task.origin.empty(); });
    return found == tasks.end() ? nullptr : &*found;
  }
  // With something to read, and newer than that one, the oldest first.
  static std::vector<LoggedTask> newer_than(const std::vector<LoggedTask>& tasks, const std::string& task_id) {
    std::vector<LoggedTask> newer;
    for (const LoggedTask& task : tasks) {
      if (task.id == task_id) break;
      if (!task.origin.empty()) newer.insert(newer.begin(), task);
    }
    return newer;
  }

 private:
  std::map<int32_t, std::vector<LoggedTask>> tasks_;
};

class JobLogs {
 public:
  JobLogs(Session& session, SchedulerClient scheduler, InstancesPath path, const JobLogsOptions& options)
      : session_(session), scheduler_(std::move(scheduler)), path_(std::move(path)), options_(options) {}

  int run() {
    auto printer = LogPrinter::make(session_.console(), {options_.grep, options_.ignores_case, options_.has_times, options_.is_json});
    if (!printer.ok()) return session_.fail_option(printer.error().message);
    const auto tasks = list_tasks_of_job();
    if (!tasks.ok()) return session_.fail(tasks.error(), "Command failure:", ExitCode::InvalidParameter);
    if (const auto stop = refuse(*tasks)) return *stop;
    LogHosts hosts(session_.world().http, wish(), secret_header(scheduler_), tasks->all().size());
    begin(*tasks, hosts);
    scheduler_.ask_briefly();
    read(hosts, *printer);
    printer->flush();
    if (hosts.has_missing()) return session_.fail(ExitCode::NetworkError, "Some logs are missing: not all hosts answered");
    return 0;
  }

 private:
  LogWish wish() const {
    LogWish wish{.processes = options_.processes, .since = options_.since, .tail = options_.tail, .follows = options_.follows};
    if (options_.is_stdout != options_.is_stderr) wish.stream = options_.is_stdout ? "stdout" : "stderr";
    return wish;
  }

  bool is_wanted(int32_t instance) const { return !path_.instances || path_.instances->contains(instance); }

  Result<InstanceTasks> list_tasks_of_job() {
    Query query = job_query(path_.path.job);
    query.emplace("order", "newest");
    query.emplace("fields", "taskId,instanceId,status,isActive,host,taskUrl,endSentence");
    if (path_.instances && path_.instances->size() <= kInstancesNamed) {
      for (const int32_t instance : *path_.instances) query.emplace("instance", std::to_string(instance));
    }
    InstanceTasks tasks;
    TRY(scheduler_.walk("getTasksWithoutConfigs", "/v1/tasks", std::move(query), "tasks",
                        [&](const codec::JsonValue& task, const codec::JsonValue&) {
                          LoggedTask logged = to_logged(task);
                          if (is_wanted(logged.instance)) tasks.add(std::move(logged));
                        }));
    return tasks;
  }

  std::optional<int> refuse(const InstanceTasks& tasks) {
    const std::string key = to_string(path_.path);
    if (tasks.all().empty()) {
      if (tell_missing_job(session_, scheduler_, path_.path)) return static_cast<int>(ExitCode::InvalidParameter);
      return session_.fail(ExitCode::InvalidParameter, path_.instances ? "No task of these instances of " + key + " is known"
                                                                       : "Job " + key + " has no tasks");
    }
    std::set<std::string> hosts;
    for (const auto& [instance, own] : tasks.all()) {
      if (const LoggedTask* task = InstanceTasks::find_readable(own)) hosts.insert(task->origin);
    }
    const bool are_many = tasks.all().size() > kLogInstancesMax;
    if (!are_many && hosts.size() <= kLogHostsMax) return std::nullopt;
    return session_.fail(ExitCode::InvalidParameter,
                         "These are " + std::to_string(tasks.all().size()) + " instances on " + std::to_string(hosts.size()) +
                             " hosts; logs of at most " + std::to_string(kLogInstancesMax) + " instances on " +
                             std::to_string(kLogHostsMax) + " hosts are read at once: name some, as in `aurora job logs " + key +
                             "/0-" + std::to_string(kLogHostsMax - 1) + "`");
  }

  void begin(const InstanceTasks& tasks, LogHosts& hosts) {
    size_t waiting = 0;
    for (const auto& [instance, own] : tasks.all()) {
      if (const LoggedTask* readable = InstanceTasks::find_readable(own)) follow(*readable, hosts);
      if (own.front().origin.empty()) ++waiting;
      has_active_ = has_active_ || own.front().is_active;
    }
    if (waiting > 0)
      session_.console().info(std::to_string(waiting) + (waiting == 1 ? " instance waits" : " instances wait") + " for a host" +
                              (options_.follows ? "" : ", and " + std::string(waiting == 1 ? "has" : "have") + " nothing to show yet"));
    if (path_.instances) {
      std::set<int32_t> missing;
      for (const int32_t instance : *path_.instances) if (!tasks.all().contains(instance)) missing.insert(instance);
      if (!missing.empty()) session_.console().log(Severity::Warning, "No task is known of instances " + format_ranges(missing));
    }
  }

  void follow(const LoggedTask& task, LogHosts& hosts) {
    if (!instance_of_.emplace(task.id, task.instance).second) return;
    hosts.add_task(task.id, task.host, task.origin);
    followed_[task.instance] = task.id;
  }

  void read(LogHosts& hosts, LogPrinter& printer) {
    World& world = session_.world();
    Duration next_look = world.clock.monotonic() + kLookEvery;
    for (;;) {
      const std::vector<LogPiece> pieces = hosts.take(milliseconds(200));
      const bool names_process = hosts.has_several_processes();
      for (const LogPiece& piece : pieces) print(piece, printer, names_process);
      printer.flush();
      tell(hosts);
      if (hosts.are_all_over() && (!options_.follows || !has_active_)) return;
      if (!options_.follows) continue;
      const Duration now = world.clock.monotonic();
      if (!pieces.empty() && now < next_look) continue;
      if (has_new_end(hosts)) next_look = std::min(next_look, now + kLookSoon);
      if (now < next_look) continue;
      next_look = now + look_again(hosts);
    }
  }

  void print(const LogPiece& piece, LogPrinter& printer, bool names_process) {
    const int32_t instance = instance_of_.at(piece.task_id);
    if (piece.has_lost) {
      printer.flush();
      session_.console().log(Severity::Warning, "instance " + std::to_string(instance) +
                                                    ": lines are missing here: its logs were rotated away before they were read");
    }
    printer.print(instance, piece, names_process);
  }

  // A followed task that has just ended: its instance may go on.
  bool has_new_end(const LogHosts& hosts) {
    bool has_new = false;
    for (const auto& [instance, task_id] : followed_) {
      if (!ended_.contains(task_id) && hosts.is_over(task_id)) has_new = ended_.insert(task_id).second;
    }
    return has_new;
  }

  void tell(LogHosts& hosts) {
    using Kind = LogNotice::Kind;
    for (const LogNotice& notice : hosts.take_notices()) {
      const std::string tasks = std::to_string(notice.tasks) + (notice.tasks == 1 ? " instance" : " instances");
      std::string text = "Host " + notice.host;
      if (notice.kind == Kind::HostSlow)
        text += " says nothing yet; logs of " + tasks + (options_.follows ? " come when it does" : " are waited for");
      if (notice.kind == Kind::HostSilent) text += " does not answer, logs of " + tasks + " are missing: " + notice.text;
      if (notice.kind == Kind::HostRefuses) text += " does not show logs of " + tasks + ": " + notice.text;
      if (notice.kind == Kind::HostAnswers) text += " answers again";
      if (notice.kind == Kind::TaskRefused) text = "instance " + std::to_string(instance_of_.at(notice.task_id)) + ": " + notice.text;
      session_.console().log(notice.kind == Kind::HostAnswers || notice.kind == Kind::HostSlow ? Severity::Info : Severity::Warning, text);
    }
  }

  // Until the next look.
  Duration look_again(LogHosts& hosts) {
    const auto tasks = list_tasks_of_job();
    if (!tasks.ok()) {
      if (!std::exchange(is_scheduler_silent_, true))
        session_.console().log(Severity::Warning, "The scheduler does not answer, so tasks that begin now are not seen: " + tasks.error().message);
      return kLookLater;
    }
    if (std::exchange(is_scheduler_silent_, false)) session_.console().info("The scheduler answers again");
    has_active_ = false;
    for (const auto& [instance, own] : tasks->all()) {
      has_active_ = has_active_ || own.front().is_active;
      for (const LoggedTask& task : own) if (!task.is_active) hosts.expect_end(task.id);
      take_new(instance, own, hosts);
    }
    return has_active_ && hosts.are_all_over() ? kLookSoon * 2 : kLookEvery;
  }

  void take_new(int32_t instance, const std::vector<LoggedTask>& tasks, LogHosts& hosts) {
    const auto followed = followed_.find(instance);
    if (followed == followed_.end() && followed_.size() >= kLogInstancesMax) return;
    const std::string last = followed == followed_.end() ? "" : followed->second;
    for (const LoggedTask& task : InstanceTasks::newer_than(tasks, last)) {
      const std::string why = end_of(tasks, last);
      session_.console().info("instance " + std::to_string(instance) + " goes on as task " + task.id + " on " + task.host +
                              (why.empty() ? "" : "; before: " + why));
      follow(task, hosts);
    }
  }

  static std::string end_of(const std::vector<LoggedTask>& tasks, const std::string& task_id) {
    const auto found = std::ranges::find(tasks, task_id, &LoggedTask::id);
    if (found == tasks.end() || found->is_active) return "";
    return found->end.empty() ? found->status : found->end;
  }

  Session& session_;
  SchedulerClient scheduler_;
  const InstancesPath path_;
  const JobLogsOptions& options_;
  std::map<std::string, int32_t> instance_of_;  // by task
  std::map<int32_t, std::string> followed_;     // the newest task of each instance that is read
  std::set<std::string> ended_;                 // tasks that are read to their end
  bool has_active_ = false;
  bool is_scheduler_silent_ = false;
};

// Hosts know what it means; what cannot be meant need not be asked of each.
bool may_be_time(const std::string& text) {
  const size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || text.empty()) return text.empty();
  const std::string rest = end == std::string::npos ? "" : text.substr(end);
  constexpr std::string_view kUnits[] = {"", "ms", "s", "m", "h", "d"};
  return std::ranges::find(kUnits, rest) != std::end(kUnits) || (rest.starts_with('-') && rest.find('T') != std::string::npos);
}

}  // namespace

int job_logs(Session& session, const JobLogsOptions& options) {
  auto path = parse_instances_path(options.key);
  if (!path.ok()) return session.fail(ExitCode::Usage, path.error().message);
  if (!may_be_time(options.since))
    return session.fail_option("--since " + options.since + ": use a time that has passed since then (90s, 10m, 2h, 1d) or a moment (2026-01-31T23:59:59Z)");
  auto scheduler = SchedulerClient::find(session, path->path.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  return JobLogs(session, std::move(*scheduler), std::move(*path), options).run();
}

}  // namespace aurora::client
