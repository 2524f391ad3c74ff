// `update list`, `update info`, `update wait` (spec/client.md §6.6). Times are UTC here, unlike in `status`.
#include <algorithm>
#include <set>

#include "aurora/base/printable.h"
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "aurora/codec/json.h"
#include "aurora/core/update/job_update.h"
#include "client/job_list.h"
#include "client/loaded_job.h"
#include "client/text_table.h"
#include "client/missing_job.h"
#include "client/update_watch.h"

namespace aurora::client {
namespace {

struct StatusGroup {
  const char* name;
  std::vector<std::string> statuses;  // empty: all
};

const std::vector<StatusGroup>& status_groups() {
  static const std::vector<StatusGroup> groups = {
      {"active",
       {"ROLLING_FORWARD", "ROLLING_BACK", "ROLL_FORWARD_PAUSED", "ROLL_BACK_PAUSED", "ROLL_FORWARD_AWAITING_PULSE",
        "ROLL_BACK_AWAITING_PULSE"}},
      {"all", {}},
      {"blocked", {"ROLL_FORWARD_AWAITING_PULSE", "ROLL_BACK_AWAITING_PULSE"}},
      {"failed", {"ERROR", "FAILED", "ROLLED_BACK"}},
      {"inactive", {"ROLLED_FORWARD", "ROLLED_BACK", "ABORTED", "ERROR", "FAILED"}},
      {"paused", {"ROLL_FORWARD_PAUSED", "ROLL_BACK_PAUSED"}},
      {"succeeded", {"ROLLED_FORWARD"}}};
  return groups;
}

bool is_update_status(const std::string& name) {
  return name != "?" && find_enum<core::UpdateStatus>(name).has_value();
}

// Absent: all of them.
Result<std::optional<std::set<std::string>>> wanted_statuses(const std::vector<std::string>& names) {
  std::set<std::string> wanted;
  bool is_all = names.empty();
  for (const std::string& name : names) {
    const auto& groups = status_groups();
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return name == g.name; });
    if (group == groups.end() && !is_update_status(name)) {
      return Error{ErrorCode::InvalidArgument,
                   "invalid status: '" + name +
                       "' (choose from active, all, blocked, failed, inactive, paused, succeeded, or a status's name)"};
    }
    if (group == groups.end()) {
      wanted.insert(name);
    } else {
      is_all = is_all || group->statuses.empty();
      wanted.insert(group->statuses.begin(), group->statuses.end());
    }
  }
  if (is_all) return std::optional<std::set<std::string>>();
  return std::optional(std::move(wanted));
}

std::string pad(const std::string& text, size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string row(const std::vector<std::string>& cells) {
  constexpr size_t kWidths[] = {47, 36, 15, 11, 19, 19};
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : " ") + pad(cells[i], kWidths[i]);
  return line;
}

struct ListedUpdate {
  std::string cluster;
  UpdateView update;
  std::string job() const { return cluster + "/" + core::to_string(update.job); }
};

std::string to_json(const std::vector<ListedUpdate>& updates) {
  codec::JsonArray list;
  for (const ListedUpdate& entry : updates) {
    codec::JsonObject object;
    object.add("job", entry.job()).add("id", entry.update.id).add("user", entry.update.user);
    object.add("started", utc_seconds(entry.update.created)).add("last_modified", utc_seconds(entry.update.last_modified));
    object.add("status", entry.update.status);
    list.add_raw(object.text());
  }
  return codec::indent_json(list.text(), 2);
}

// At a terminal: as wide as its words need; where that is too much, each update in lines of its own, nothing cut.
void print_for_people(Console& console, const std::vector<ListedUpdate>& updates) {
  TextTable table({{"JOB"}, {"UPDATE ID"}, {"STATUS"}, {"CREATED BY"}, {"STARTED"}, {"LAST MODIFIED"}});
  const auto width = static_cast<size_t>(console.config().columns_out);
  for (const ListedUpdate& entry : updates) {
    table.add({entry.job(), entry.update.id, entry.update.status, entry.update.user, utc_seconds(entry.update.created) + "Z",
               utc_seconds(entry.update.last_modified) + "Z"});
  }
  if (table.width() <= width && !updates.empty()) {
    for (const TextTable::Line& line : table.lines(width)) console.print(line.tone, line.text);
    return;
  }
  for (const ListedUpdate& entry : updates) {
    console.print(entry.job());
    for (const std::string& text :
         {entry.update.id, entry.update.status + " by " + printable_line(entry.update.user) + ", started " + utc_seconds(entry.update.created) +
                               "Z, last modified " + utc_seconds(entry.update.last_modified) + "Z"}) {
      for (const std::string& line : broken(text, width > 2 ? width - 2 : width)) console.print("  " + line);
    }
  }
}

void print_table(Console& console, const std::vector<ListedUpdate>& updates) {
  if (console.config().is_terminal_out) return print_for_people(console, updates);
  if (!updates.empty()) console.print(row({"JOB", "UPDATE ID", "STATUS", "CREATED BY", "STARTED", "LAST MODIFIED"}));
  for (const ListedUpdate& entry : updates) {
    console.print(row({entry.job(), entry.update.id, entry.update.status, entry.update.user,
                       utc_seconds(entry.update.created), utc_seconds(entry.update.last_modified)}));
  }
}

// `zone` is behind every time.
std::string info_text(const JobPath& path, const UpdateView& update, const std::string& zone) {
  const auto time = [&](Instant at) { return utc_seconds(at) + zone; };
  std::string text = "Job: " + to_string(path) + ", UpdateID: " + update.id + "\nStarted " + time(update.created) +
                     ", last activity: " + time(update.last_modified) + "\nCurrent status: " + update.status;
  if (!update.events.empty()) text += "\nUpdate events:";
  for (const auto& event : update.events) {
    text += "\n  Status: " + event.status + " at " + time(event.at);
    if (!event.message.empty()) text += "\n      message: " + printable_line(event.message);
  }
  if (!update.instance_events.empty()) text += "\nInstance events:";
  for (const auto& event : update.instance_events) {
    text += "\n  Instance " + std::to_string(event.instance) + " at " + time(event.at) + ": " + event.action;
    if (!event.message.empty()) text += "\n      message: " + event.message;
  }
  if (!update.metadata.empty()) text += "\nMetadata:";
  for (const auto& [key, value] : update.metadata) text += "\n  " + printable_line(key) + ": " + printable_line(value);
  return text;
}

// Milliseconds here, text there: as scripts know it.
std::string info_json(const JobPath& path, const UpdateView& update) {
  codec::JsonArray events;
  for (const auto& event : update.events) {
    codec::JsonObject object;
    object.add("status", event.status).add("timestampMs", event.at);
    if (!event.message.empty()) object.add("message", event.message);
    events.add_raw(object.text());
  }
  codec::JsonArray instance_events;
  for (const auto& event : update.instance_events) {
    codec::JsonObject object;
    object.add("instance", event.instance).add("timestamp", event.at).add("action", event.action);
    if (!event.message.empty()) object.add("message", event.message);
    instance_events.add_raw(object.text());
  }
  codec::JsonObject document;
  document.add("updateId", update.id).add("job", to_string(path)).add("started", update.created);
  document.add("last_modified", utc_seconds(update.last_modified)).add("status", update.status);
  document.add_raw("update_events", events.text()).add_raw("instance_update_events", instance_events.text());
  if (!update.metadata.empty()) {
    codec::JsonArray metadata;
    for (const auto& [key, value] : update.metadata) metadata.add_raw(codec::JsonObject().add(key, value).text());
    document.add_raw("metadata", metadata.text());
  }
  return codec::indent_json(document.text(), 2);
}

struct FoundUpdate {
  JobPath path;
  SchedulerClient scheduler;
  std::string id;
};

// The update that is meant: the one named, or the active one.
OrStopped<FoundUpdate> find_update(Session& session, const UpdateInfoOptions& options) {
  const auto path = parse_job_path(options.key);
  if (!path.ok()) return Stopped{session.fail(ExitCode::Usage, path.error().message)};
  auto scheduler = SchedulerClient::find(session, path->cluster);
  if (!scheduler.ok()) return Stopped{session.fail(ExitCode::InvalidConfiguration, scheduler.error().message)};
  if (!options.id.empty()) return FoundUpdate{*path, std::move(*scheduler), options.id};
  const auto active = list_active_updates(*scheduler, path->job);
  if (!active.ok()) return Stopped{session.fail(active.error(), "Command failure:", ExitCode::ApiError)};
  if (active->empty()) {
    tell_missing_job(session, *scheduler, *path);
    return Stopped{session.fail(ExitCode::InvalidParameter, "There is no active update for this job.")};
  }
  return FoundUpdate{*path, std::move(*scheduler), active->front().id};
}

}  // namespace

int update_list(Session& session, const UpdateListOptions& options) {
  const auto pattern = parse_job_pattern(options.filter);
  if (!pattern.ok()) {
    return session.fail(ExitCode::Usage, "invalid update_filter value: '" + options.filter +
                                             "': must be a path of the form CLUSTER/ROLE/ENV/JOB");
  }
  const auto wanted = wanted_statuses(options.statuses);
  if (!wanted.ok()) return session.fail(ExitCode::Usage, wanted.error().message);
  auto schedulers = find_schedulers(session, pattern->cluster);
  if (!schedulers.ok()) return session.fail(ExitCode::InvalidConfiguration, schedulers.error().message);
  Query query;
  if (!has_wildcard(pattern->role)) query.emplace("role", pattern->role);
  if (!options.user.empty()) query.emplace("user", options.user);
  std::vector<ListedUpdate> found;
  for (SchedulerClient& scheduler : *schedulers) {
    const auto updates = list_updates(scheduler, query);
    if (!updates.ok()) return session.fail(updates.error(), "Command failure:", ExitCode::ApiError);
    for (const UpdateView& update : *updates) {
      const bool is_wanted = !wanted->has_value() || (*wanted)->contains(update.status);
      if (is_wanted && pattern->matches(update.job)) found.push_back({scheduler.cluster(), update});
    }
  }
  if (options.is_json) {
    session.console().print(to_json(found));
  } else {
    print_table(session.console(), found);
  }
  return 0;
}

int update_info(Session& session, const UpdateInfoOptions& options) {
  auto found = find_update(session, options);
  if (const auto* stopped = std::get_if<Stopped>(&found)) return stopped->exit_code;
  auto& [path, scheduler, id] = std::get<FoundUpdate>(found);
  const auto update = get_update(scheduler, path.job, id);
  if (!update.ok() && update.error().code == ErrorCode::NotFound) {
    return session.fail(ExitCode::InvalidParameter, "There is no update for key: " + to_string(path) + " " + id);
  }
  if (!update.ok()) return session.fail(update.error(), "Command failure:", ExitCode::ApiError);
  const std::string zone = session.console().config().is_terminal_out ? "Z" : "";
  session.console().print(options.is_json ? info_json(path, *update) : info_text(path, *update, zone));
  return 0;
}

int update_wait(Session& session, const UpdateInfoOptions& options) {
  auto found = find_update(session, options);
  if (const auto* stopped = std::get_if<Stopped>(&found)) return stopped->exit_code;
  auto& [path, scheduler, id] = std::get<FoundUpdate>(found);
  return watch_update(session, scheduler, path.job, id, UpdateGoal::Forward);
}

}  // namespace aurora::client
