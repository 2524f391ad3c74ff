#include "scenario/verbs.h"

#include <functional>

#include "aurora/core/maintenance/drain.h"
#include "scenario/requests.h"

namespace aurora::scenario {

using namespace core;

namespace {

std::string text_of(const Result<Answer>& answer) {
  if (!answer.ok()) return "error: " + answer.error().message;
  if (const auto* message = std::get_if<Message>(&*answer)) return message->text;
  if (const auto* started = std::get_if<StartUpdate::Answer>(&*answer)) return started->message;
  if (const auto* pulsed = std::get_if<PulseUpdate::Answer>(&*answer)) return "pulse " + pulsed->status;
  if (const auto* report = std::get_if<ReportTasks::Answer>(&*answer))
    return report->accepted ? "" : "not accepted";
  return "";
}

std::string add_host(Stage& stage, const Arguments& arguments) {
  stage.add_host(read_host(arguments));
  return "";
}

std::string report(Stage& stage, const Arguments& arguments) {
  StageHost* host = stage.find_host(arguments.word(0));
  const TaskId id = stage.transcript().find_run(arguments.word(1));
  const auto status = find_enum<TaskStatus>(arguments.word(2));
  if (host == nullptr || !status) return "error: usage: report HOST INSTANCE[#RUN] STATUS [message=TEXT] [exit=CODE]";
  TaskReport task{id.empty() ? TaskId(arguments.word(1)) : id, *status, std::nullopt, stage.now()};
  if (arguments.options.contains("message")) task.message = arguments.text("message");
  if (arguments.options.contains("exit")) {
    task.reason = {.cause = EndCause::Exited, .process = "main", .exit_code = std::stoi(arguments.text("exit"))};
  }
  return text_of(stage.report(*host, task));
}

std::string forget(Stage& stage, const Arguments& arguments) {
  StageHost* host = stage.find_host(arguments.word(0));
  if (host == nullptr) return "error: no such host";
  host->tasks.erase(stage.transcript().find_run(arguments.word(1)));
  return "";
}

// Every assigned task of the job is started by its host, as executors do.
std::string run(Stage& stage, const Arguments& arguments) {
  std::vector<std::pair<HostId, TaskId>> assigned;
  for (const Task* task : stage.cluster().list_active(read_key(arguments.word(0)))) {
    if (task->status == TaskStatus::Assigned) assigned.emplace_back(task->host, task->id);
  }
  for (const auto& [host_id, id] : assigned) {
    StageHost* host = stage.find_host(host_id.value());
    for (const TaskStatus status : {TaskStatus::Starting, TaskStatus::Running}) {
      static_cast<void>(stage.report(*host, {id, status, std::nullopt, stage.now()}));
    }
  }
  return assigned.empty() ? "nothing is assigned" : "";
}

// Every task of the job that is being killed or moved ends on its host.
std::string end(Stage& stage, const Arguments& arguments) {
  std::vector<std::pair<HostId, TaskId>> ending;
  for (const Task* task : stage.cluster().list_active(read_key(arguments.word(0)))) {
    const bool is_told = is_transient(task->status) && task->status != TaskStatus::Assigned;
    if (is_told) ending.emplace_back(task->host, task->id);
  }
  for (const auto& [host_id, id] : ending) {
    const TaskReport killed{id, TaskStatus::Killed, "Instructed to kill task.", stage.now()};
    static_cast<void>(stage.report(*stage.find_host(host_id.value()), killed));
  }
  return ending.empty() ? "nothing is ending" : "";
}

std::string set_up(Stage& stage, const Arguments& arguments, bool is_up) {
  StageHost* host = stage.find_host(arguments.word(0));
  if (host == nullptr) return "error: no such host";
  host->is_up = is_up;
  if (is_up) stage.reconnect(*host);
  stage.settle();
  return "";
}

std::string advance(Stage& stage, const Arguments& arguments) {
  const Result<Duration> span = parse_duration(arguments.word(0));
  if (!span.ok()) return "error: " + span.error().message;
  stage.advance(*span);
  return "";
}

std::string control(Stage& stage, const Arguments& arguments) {
  const JobUpdate* update = stage.cluster().find_active_update(read_key(arguments.word(0)));
  if (update == nullptr) return "error: no active update";
  if (arguments.verb == "pulse") return text_of(stage.submit(PulseUpdate{update->key}));
  const UpdateControl wanted = *find_enum<UpdateControl>(arguments.verb);
  return text_of(stage.submit(
      ControlUpdate{update->key, wanted, arguments.text("message"), arguments.text("user", "ann")}));
}

std::string modes_of(const Result<Answer>& answer) {
  if (!answer.ok()) return text_of(answer);
  std::string text;
  const auto& modes = std::get<HostModes>(*answer);
  for (const HostMode& status : modes.statuses)
    text += (text.empty() ? "" : ", ") + status.host.value() + " " + std::string(enum_name(status.mode));
  for (const HostId& host : modes.unknown) text += (text.empty() ? "" : ", ") + host.value() + " unknown";
  return text;
}

std::string set_quota(Stage& stage, const Arguments& arguments) {
  ResourceTotals amount;
  amount.cpus = arguments.number("cpus", 100);
  amount.ram_mb = static_cast<int64_t>(arguments.number("ram", 100'000));
  amount.disk_mb = static_cast<int64_t>(arguments.number("disk", 100'000));
  return text_of(stage.submit(SetQuota{{arguments.word(0), amount}, "ops"}));
}

std::string drain(Stage& stage, const Arguments& arguments) {
  DrainHosts command{read_hosts(arguments), std::nullopt, arguments.text("user", "ann")};
  if (const auto policy = read_policy(arguments)) {
    const Result<Duration> timeout = parse_duration(arguments.text("timeout", "1h"));
    if (!timeout.ok()) return "error: " + timeout.error().message;
    command.terms = DrainHosts::Terms{*policy, timeout->ms / 1000};
  }
  return modes_of(stage.submit(std::move(command)));
}

// The coordinator that was asked last says what it thinks.
std::string answer(Stage& stage, const Arguments& arguments) {
  const std::optional<AskCoordinator> asked = stage.transcript().last_question();
  if (!asked) return "error: nobody was asked";
  const bool allowed = arguments.word(0) == "yes";
  return text_of(stage.submit(CoordinatorAnswer{asked->url.text(), asked->task_id, asked->since, allowed,
                                                allowed ? "" : "its coordinator says no"}));
}

std::string show_host(Stage& stage, const Arguments& arguments) {
  const Cluster& cluster = stage.cluster();
  const Host* host = cluster.find_host(HostId(arguments.word(0)));
  if (host == nullptr) return "error: no such host";
  const Decision nothing;
  const SchedulerSettings settings;
  SlaBudget budget(cluster, settings.limits, stage.now(), nothing);
  std::string text = host->id.value() + " " + std::string(enum_name(host->mode));
  for (const DrainHold& hold : list_holds(cluster, *host, budget, 100)) {
    text += "\n" + stage.transcript().name_of(hold.task->id) + " " + std::string(enum_name(hold.task->status)) +
            (hold.is_leaving ? " leaving" : "") + (hold.why.empty() ? "" : ": " + hold.why);
  }
  return text;
}

std::string schedule_cron(Stage& stage, const Arguments& arguments) {
  const Result<JobConfiguration> job = read_cron_job(arguments);
  if (!job.ok()) return "error: " + job.error().message;
  const std::string user = arguments.text("user", "ann");
  const Result<Answer> answer = arguments.verb == "cron-replace" ? stage.submit(ReplaceCronTemplate{*job, user})
                                                                 : stage.submit(ScheduleCronJob{*job, user});
  std::string text = text_of(answer);
  for (const std::string& detail : answer.ok() ? std::vector<std::string>() : answer.error().details) text += "\n  " + detail;
  return text;
}

std::string describe(const Transcript& transcript, const Task& task) {
  return transcript.name_of(task.id) + " " + std::string(enum_name(task.status)) +
         (task.host.empty() ? "" : " " + task.host.value()) +
         " failures=" + std::to_string(task.failure_count) +
         (task.ancestor_id ? " after " + transcript.name_of(*task.ancestor_id) : "") +
         (is_terminal(task.status) && task.end_reason ? ": " + to_sentence(*task.end_reason) : "");
}

std::string show(Stage& stage, const Arguments& arguments) {
  std::set<std::string> lines;
  for (const Task* task : stage.cluster().list_job_tasks(read_key(arguments.word(0)))) {
    lines.insert(describe(stage.transcript(), *task));
  }
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  stage.transcript().hide_ids(text);
  return text.empty() ? "nothing" : text;
}

struct Verb {
  const char* name;
  const char* usage;
  std::function<std::string(Stage&, const Arguments&)> perform;
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> list = {
      {"add-host", "NAME [cpus=4 ram=8192 disk=65536 rack=r1 ATTRIBUTE=VALUE[,VALUE] ports=31000-31999]",
       add_host},
      {"create-job", "KEY [instances=1] CONFIG",
       [](Stage& s, const Arguments& a) {
         return text_of(s.submit(CreateJob{read_job(a), a.text("user", "ann")}));
       }},
      {"kill", "KEY [instances=0,1] [message=TEXT] [user=ann]",
       [](Stage& s, const Arguments& a) {
         return text_of(s.submit(
             KillTasks{read_key(a.word(0)), read_instances(a), a.text("message"), a.text("user", "ann")}));
       }},
      {"restart", "KEY instances=0,1 [user=ann]",
       [](Stage& s, const Arguments& a) {
         return text_of(
             s.submit(RestartTasks{read_key(a.word(0)), read_instances(a), a.text("user", "ann")}));
       }},
      {"add-instances", "KEY/INSTANCE count=1",
       [](Stage& s, const Arguments& a) {
         return text_of(s.submit(
             AddInstances{read_instance(a.word(0)), static_cast<int32_t>(a.number("count", 1)), "ann"}));
       }},
      {"update",
       "KEY [instances=1] CONFIG [batch=1 watch=45s failures=0 instance_failures=0 no-rollback in-batches "
       "pulse=0s only=0,1 sla]",
       [](Stage& s, const Arguments& a) {
         const Result<JobUpdateRequest> request = read_update(a);
         if (!request.ok()) return "error: " + request.error().message;
         return text_of(s.submit(StartUpdate{*request, a.text("message"), a.text("user", "ann")}));
       }},
      {"cron-schedule", "KEY schedule=\"* * * * *\" [policy=KILL_EXISTING zone=GMT instances=1] CONFIG", schedule_cron},
      {"cron-replace", "the same", schedule_cron},
      {"cron-deschedule", "KEY",
       [](Stage& s, const Arguments& a) { return text_of(s.submit(DescheduleCronJob{read_key(a.word(0))})); }},
      {"cron-start", "KEY [user=ann]",
       [](Stage& s, const Arguments& a) {
         return text_of(s.submit(StartCronJob{read_key(a.word(0)), a.text("user", "ann")}));
       }},
      {"pause", "KEY", control},
      {"resume", "KEY", control},
      {"abort", "KEY", control},
      {"rollback", "KEY", control},
      {"pulse", "KEY", control},
      {"set-quota", "ROLE [cpus=100] [ram=100000] [disk=100000]", set_quota},
      {"start-maintenance", "HOST[,HOST]",
       [](Stage& s, const Arguments& a) { return modes_of(s.submit(StartMaintenance{read_hosts(a), "ann"})); }},
      {"drain", "HOST[,HOST] [POLICY timeout=1h] [user=ann]", drain},
      {"end-maintenance", "HOST[,HOST]",
       [](Stage& s, const Arguments& a) { return modes_of(s.submit(EndMaintenance{read_hosts(a), "ann"})); }},
      {"answer", "yes|no: the coordinator that was asked last", answer},
      {"run", "KEY: hosts start what is assigned to them", run},
      {"end", "KEY: hosts end what they were told to kill", end},
      {"report", "HOST INSTANCE[#RUN] STATUS [message=TEXT] [exit=CODE]", report},
      {"forget", "HOST INSTANCE[#RUN]: the run is gone from the host without a word", forget},
      {"silence", "HOST: it sends nothing more",
       [](Stage& s, const Arguments& a) { return set_up(s, a, false); }},
      {"reconnect", "HOST: it registers anew with all its tasks",
       [](Stage& s, const Arguments& a) { return set_up(s, a, true); }},
      {"advance", "TIME, such as 30s", advance},
      {"restart-scheduler", "[away=0s]: it was not there for so long",
       [](Stage& s, const Arguments& a) {
         const Result<Duration> away = parse_duration(a.text("away", "0s"));
         if (!away.ok()) return "error: " + away.error().message;
         s.restart_scheduler(*away);
         return std::string();
       }},
      {"show", "KEY: its tasks", show},
      {"show-host", "HOST: its mode, and what is left", show_host},
  };
  return list;
}

}  // namespace

std::string perform(Stage& stage, const Arguments& arguments) {
  for (const Verb& verb : verbs()) {
    if (arguments.verb == verb.name) return verb.perform(stage, arguments);
  }
  return "error: unknown verb '" + arguments.verb + "'; there are:\n" + usage();
}

std::string usage() {
  std::string text;
  for (const Verb& verb : verbs()) text += std::string("  ") + verb.name + " " + verb.usage + '\n';
  return text +
         "CONFIG: [cpus=1 ram=128 disk=64 ports=http,admin max_failures=1 priority=0 data=TEXT service]\n"
         "        [limit=ATTRIBUTE:N] [where=ATTRIBUTE:VALUE[,VALUE]] [not=ATTRIBUTE:VALUE] "
         "[partition_delay=0s|never] [POLICY]\n"
         "POLICY: percentage=N|count=N|coordinator=URL [up=0s]\n";
}

}  // namespace aurora::scenario
