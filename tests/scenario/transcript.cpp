#include "scenario/transcript.h"

#include <algorithm>

#include "support/record_after.h"

namespace aurora::scenario {

using namespace core;

namespace {

std::string quoted(const std::optional<std::string>& text) {
  if (!text) return "";
  std::string out = " \"";
  for (const char c : *text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out + '"';
}

std::string text_of(const Task& task, const TaskEvent& event) {
  std::string text = " -> " + std::string(enum_name(event.status));
  if (event.status == TaskStatus::Assigned) {
    text += " " + task.host.value();
    for (const auto& [name, number] : task.assigned_ports) text += " " + name + ":" + std::to_string(number);
  }
  return text + quoted(event.message);
}

// How many events of `before` are still there in `after`: repeated partitions are folded.
size_t kept_events(const Task* before, const Task& after) {
  if (before == nullptr) return 0;
  const auto differs =
      std::mismatch(before->events.begin(), before->events.end(), after.events.begin(), after.events.end());
  return static_cast<size_t>(differs.second - after.events.begin());
}

}  // namespace

void Transcript::note(const Cluster& before, const Change& change) {
  if (const auto task = test::find_record_after(before, change)) return note_task(before, *task);
  if (const auto* deleted = std::get_if<TaskDeleted>(&change)) {
    if (const Task* task = before.find_task(deleted->task_id)) {
      moves_of(task->id, std::string(enum_name(task->status))).text += " -> deleted";
    }
  }
  if (const auto* saved = std::get_if<UpdateSaved>(&change)) updates_.insert(saved->update->key.id.value());
  if (const auto* event = std::get_if<UpdateEventAdded>(&change)) {
    say("update " + to_string(event->key.job) + " " + std::string(enum_name(event->event.status)) +
        (event->event.user ? " by " + *event->event.user : "") + quoted(event->event.message));
  }
  if (const auto* event = std::get_if<InstanceEventAdded>(&change)) {
    say("update " + to_string(event->key.job) + "/" + std::to_string(event->event.instance_id) + " " +
        std::string(enum_name(event->event.action)) + quoted(event->event.message));
  }
  if (const auto* progressed = std::get_if<CronProgressed>(&change)) note_cron(before, *progressed);
  if (const auto* deleted = std::get_if<UpdateDeleted>(&change)) {
    say("update " + to_string(deleted->key.job) + " deleted");
  }
  if (const auto* saved = std::get_if<HostSaved>(&change)) {
    const Host* known = before.find_host(saved->host.id);
    if (known != nullptr && known->mode != saved->host.mode) {
      say("host " + saved->host.id.value() + " " + std::string(enum_name(known->mode)) + " -> " +
          std::string(enum_name(saved->host.mode)));
    }
  }
  if (const auto* gone = std::get_if<HostGone>(&change)) say("host " + gone->host.value() + " gone");
}

// The runs that are new, or of which there is news.
void Transcript::note_cron(const Cluster& before, const CronProgressed& change) {
  const CronProgress* known = before.find_cron_progress(change.job);
  for (const CronRun& run : change.progress.runs) {
    if (known != nullptr && std::ranges::find(known->runs, run) != known->runs.end()) continue;
    say("cron " + to_string(change.job) + " " + to_iso8601(run.due).substr(11, 8) + " " +
        std::string(enum_name(run.outcome)) + (run.user.empty() ? "" : " by " + run.user) +
        (run.message.empty() ? "" : quoted(run.message)));
  }
}

void Transcript::note(const Effect& effect) {
  if (const auto* launch = std::get_if<LaunchTask>(&effect)) {
    if (!launched_.insert(launch->task_id).second) say("launch again " + name_of(launch->task_id));
  }
  if (const auto* kill = std::get_if<KillTask>(&effect)) {
    say("kill " + name_of(kill->task_id) + " on " + kill->host.value());
  }
  if (const auto* question = std::get_if<AskCoordinator>(&effect)) {
    last_question_ = *question;
    say("ask " + question->url.text() + " about " + name_of(question->task_id));
  }
}

void Transcript::say(const std::string& line) { lines_.push_back(line); }

void Transcript::close(const Cluster& cluster, const std::string& at) {
  note_reasons(cluster);
  for (const Moves& moves : moves_) {
    const bool waits_for_launch =
        moves.text.find("ASSIGNED") != std::string::npos && !launched_.contains(moves.id);
    text_ += at + name_of(moves.id) + " " + moves.text + (waits_for_launch ? " (not launched)" : "") + '\n';
  }
  for (const std::string& line : lines_) text_ += at + line + '\n';
  if (const auto broken = cluster.check_invariants()) text_ += at + "BROKEN: " + *broken + '\n';
  moves_.clear();
  lines_.clear();
  hide_ids(text_);
}

void Transcript::hide_ids(std::string& text) const {
  for (const std::string& id : updates_) {
    for (size_t at = text.find(id); at != std::string::npos; at = text.find(id, at))
      text.replace(at, id.size(), "<id>");
  }
}

std::string Transcript::take() { return std::exchange(text_, ""); }

std::string Transcript::name_of(const TaskId& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? id.value() : found->second;
}

TaskId Transcript::find_run(const std::string& name) const {
  const size_t hash = name.find('#');
  const auto runs = runs_.find(name.substr(0, hash));
  if (runs == runs_.end()) return TaskId();
  if (hash == std::string::npos) return runs->second.back();
  const size_t number = std::strtoul(name.c_str() + hash + 1, nullptr, 10);
  return number >= 1 && number <= runs->second.size() ? runs->second[number - 1] : TaskId();
}

void Transcript::learn(const Task& task) {
  if (names_.contains(task.id)) return;
  const std::string instance = to_string(task.instance());
  std::vector<TaskId>& runs = runs_[instance];
  runs.push_back(task.id);
  names_[task.id] = runs.size() == 1 ? instance : instance + '#' + std::to_string(runs.size());
}

void Transcript::note_task(const Cluster& before, const Task& task) {
  learn(task);
  const Task* old = before.find_task(task.id);
  Moves& moves = moves_of(task.id, std::string(enum_name(old == nullptr ? TaskStatus::Init : old->status)));
  for (size_t i = kept_events(old, task); i < task.events.size(); ++i)
    moves.text += text_of(task, task.events[i]);
}

Transcript::Moves& Transcript::moves_of(const TaskId& id, const std::string& from) {
  const auto found =
      std::find_if(moves_.begin(), moves_.end(), [&](const Moves& moves) { return moves.id == id; });
  if (found != moves_.end()) return *found;
  moves_.push_back({id, from});
  return moves_.back();
}

void Transcript::note_reasons(const Cluster& cluster) {
  std::map<ConfigHash, std::string> now;
  for (const auto& [hash, tasks] : cluster.pending_groups()) {
    const PendingReason* reason = cluster.find_pending_reason(hash);
    now[hash] = reason == nullptr || reason->reason.empty() ? "no hosts" : reason->reason;
    if (reasons_.contains(hash) && reasons_.at(hash) == now[hash]) continue;
    say("pending " + to_string(tasks.front().task->job()) + " (" + std::to_string(tasks.size()) +
        "): " + now[hash]);
  }
  reasons_ = std::move(now);
}

}  // namespace aurora::scenario
