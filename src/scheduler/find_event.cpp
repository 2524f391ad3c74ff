#include "scheduler/find_event.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "aurora/base/overloaded.h"
#include "aurora/core/cluster/task_after.h"

namespace aurora::scheduler {
namespace {

using namespace core;

constexpr std::string_view kDeleted = "DELETED";

SharedText text_of(const std::string& text) {
  if (text.empty()) return {};
  if (text.size() <= kEventTextMax) return SharedText(text);
  constexpr std::string_view kCut = " ...";
  size_t end = kEventTextMax - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // between two characters
  return SharedText(text.substr(0, end) + std::string(kCut));
}
SharedText text_of(const SharedText& text) {
  return text.text().size() <= kEventTextMax ? text : text_of(text.text());
}
SharedText text_of(const std::optional<std::string>& text) { return text ? text_of(*text) : SharedText(); }

std::string number(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::string(text.data(), end) : "?";
}

std::string amount_text(const ResourceTotals& amount) {
  return "CPU " + number(amount.cpus) + ", RAM " + std::to_string(amount.ram_mb) + " MB, disk " +
         std::to_string(amount.disk_mb) + " MB";
}

class Finder {
 public:
  Finder(const Cluster& before, Instant now, std::vector<Event>& events) : before_(before), now_(now), events_(events) {}

  void operator()(const TaskSaved& saved) const {
    const Task& task = saved.task;
    if (task.events.empty()) return;
    add_move(task, before_.find_task(task.id), task.status, task.host, task.events.back(), task.end_reason);
  }
  void operator()(const TaskMoved& moved) const {
    const Task* known = before_.find_task(moved.task_id);
    if (known == nullptr || static_cast<size_t>(moved.index) != known->events.size()) return;
    const TaskMove& move = moved.move;
    add_move(*known, known, move.event.status, move.assignment ? move.assignment->host : known->host, move.event,
             move.end_reason);
  }
  void operator()(const TaskDeleted& deleted) const {
    const Task* known = before_.find_task(deleted.task_id);
    if (known == nullptr) return;
    Event& event = add(EventType::Task, known->job(), enum_name(known->status), kDeleted);
    event.instance_id = known->instance_id;
    event.task_id = known->id;
    event.host = known->host;
  }

  void operator()(const UpdateEventAdded& added) const {
    const JobUpdate* update = before_.find_update(added.key);
    const auto index = static_cast<size_t>(added.index);
    const bool has_former = update != nullptr && index > 0 && index <= update->events.size();
    Event& event = add(EventType::Update, added.key.job,
                       has_former ? enum_name(update->events[index - 1].status) : std::string_view(),
                       enum_name(added.event.status));
    event.at = added.event.timestamp;
    event.update_id = SharedText(added.key.id.value());
    event.user = text_of(added.event.user);
    event.message = text_of(added.event.message);
  }
  void operator()(const InstanceEventAdded& added) const {
    Event& event = add(EventType::Update, added.key.job, {}, enum_name(added.event.action));
    event.at = added.event.timestamp;
    event.instance_id = added.event.instance_id;
    event.update_id = SharedText(added.key.id.value());
    event.message = text_of(added.event.message);
  }
  void operator()(const UpdateDeleted& deleted) const {
    const JobUpdate* update = before_.find_update(deleted.key);
    if (update == nullptr) return;
    add(EventType::Update, deleted.key.job, enum_name(status_of(*update)), kDeleted).update_id =
        SharedText(deleted.key.id.value());
  }

  void operator()(const HostSaved& saved) const {
    const Host* known = before_.find_host(saved.host.id);
    const MaintenanceMode former = known == nullptr ? MaintenanceMode::None : known->mode;
    if (former == saved.host.mode) return;
    Event& event = add_host(saved.host.id, enum_name(former), enum_name(saved.host.mode));
    if (saved.host.drain) event.user = text_of(saved.host.drain->user);
  }
  void operator()(const HostSeen& seen) const {
    const HostSession* known = before_.find_session(seen.host);
    const std::string_view former = known == nullptr ? std::string_view() : known->has_left ? "LEAVING" : "UP";
    if (seen.leaving) {
      if (former == "LEAVING") return;
      add_host(seen.host, former, "LEAVING").message = "its executor is being stopped; its tasks go on";
    } else if (former.empty() || known->session != seen.session) {
      Event& event = add_host(seen.host, before_.find_silence(seen.host) != nullptr ? "DOWN" : former, "UP");
      if (former == "UP") event.message = "its executor was started again";
    }
  }
  void operator()(const HostGone& gone) const {
    const HostSession* known = before_.find_session(gone.host);
    if (known == nullptr) return;
    add_host(gone.host, known->has_left ? "LEAVING" : "UP", "DOWN").message = "no report of its executor for too long";
  }

  void operator()(const CronJobSaved& saved) const {
    const JobConfiguration& job = saved.job->job;
    const bool is_known = before_.find_cron_job(job.key) != nullptr;
    Event& event = add(EventType::Cron, job.key, is_known ? "SCHEDULED" : "", "SCHEDULED");
    event.user = text_of(saved.job->user);
    event.message = text_of(job.cron_schedule.value_or(""));
  }
  void operator()(const CronProgressed& progressed) const {
    const CronProgress* known = before_.find_cron_progress(progressed.job);
    for (const CronRun& run : progressed.progress.runs) {
      if (known != nullptr && std::ranges::find(known->runs, run) != known->runs.end()) continue;
      const bool waited = known != nullptr && std::ranges::any_of(known->runs, [&](const CronRun& other) {
                            return other.due == run.due && other.outcome == CronOutcome::Waiting;
                          });
      Event& event = add(EventType::Cron, progressed.job, waited ? enum_name(CronOutcome::Waiting) : "",
                         enum_name(run.outcome));
      event.at = run.started_at;
      event.user = text_of(run.user);
      event.message = text_of(run.message);
    }
  }
  void operator()(const CronJobDeleted& deleted) const {
    if (before_.find_cron_job(deleted.job) != nullptr) add(EventType::Cron, deleted.job, "SCHEDULED", "DESCHEDULED");
  }

  void operator()(const QuotaSaved& saved) const {
    Event& event = add(EventType::Quota, {saved.quota.role, "", ""}, {}, "SET");
    event.message = text_of(amount_text(saved.quota.amount) + "; before: " +
                            amount_text(before_.quota_of(saved.quota.role)));
  }

  void operator()(const auto&) const {}

 private:
  Event& add(EventType type, const JobKey& job, std::string_view from, std::string_view to) const {
    return events_.emplace_back(Event{.at = now_, .type = type, .job = job, .from = from, .to = to});
  }
  Event& add_host(const HostId& host, std::string_view from, std::string_view to) const {
    Event& event = add(EventType::Host, {}, from, to);
    event.host = host;
    return event;
  }
  // `record`: for what does not change. A task that is saved as it was makes no event.
  void add_move(const Task& record, const Task* known, TaskStatus status, const HostId& host, const TaskEvent& last,
                const OptionalBox<EndReason>& end_reason) const {
    if (known != nullptr && known->status == status && known->events.back() == last) return;
    Event& event = add(EventType::Task, record.job(), known == nullptr ? std::string_view() : enum_name(known->status),
                       enum_name(status));
    event.at = last.timestamp;
    event.instance_id = record.instance_id;
    event.task_id = record.id;
    event.host = host;
    event.message = text_of(last.message);
    if (end_reason) event.reason = text_of(to_sentence(*end_reason));
  }

  const Cluster& before_;
  const Instant now_;
  std::vector<Event>& events_;
};

std::string instances_text(const std::set<int32_t>& instances) {
  if (instances.empty()) return "all instances";
  constexpr size_t kNamedMax = 20;
  std::string text = instances.size() == 1 ? "instance" : "instances";
  size_t named = 0;
  for (const int32_t instance : instances) {
    if (++named > kNamedMax) return text + " and " + std::to_string(instances.size() - kNamedMax) + " more";
    text += (named == 1 ? " " : ", ") + std::to_string(instance);
  }
  return text;
}

std::string count_text(int32_t count) { return std::to_string(count) + (count == 1 ? " instance" : " instances"); }

int32_t count_of(const Answer& answer) {
  const auto* message = std::get_if<Message>(&answer);
  return message == nullptr ? 0 : message->count;
}

}  // namespace

void add_events(const Cluster& before, const Change& change, Instant now, std::vector<Event>& events) {
  std::visit(Finder(before, now, events), change);
}

std::optional<Event> find_event(const Command& command, const Answer& answer, Instant now) {
  const auto job_event = [now](const JobKey& job, std::string_view to, const std::string& user, const std::string& message) {
    return Event{.at = now, .type = EventType::Job, .job = job, .to = to, .user = text_of(user), .message = text_of(message)};
  };
  using Found = std::optional<Event>;
  return std::visit(
      Overloaded{
          [&](const CreateJob& c) -> Found {
            return job_event(c.job.key, "CREATED", c.user, count_text(c.job.instance_count));
          },
          [&](const KillTasks& c) -> Found {
            if (count_of(answer) == 0) return std::nullopt;
            return job_event(c.job, "KILLED", c.user,
                             instances_text(c.instances) + (c.message.empty() ? "" : ": " + c.message));
          },
          [&](const RestartTasks& c) -> Found { return job_event(c.job, "RESTARTED", c.user, instances_text(c.instances)); },
          [&](const AddInstances& c) -> Found {
            return job_event(c.like.job, "INSTANCES_ADDED", c.user,
                             std::to_string(c.count) + " like instance " + std::to_string(c.like.instance_id));
          },
          [](const auto&) -> Found { return std::nullopt; }},
      command);
}

}  // namespace aurora::scheduler
