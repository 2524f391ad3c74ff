// `admin get_scheduler`, `get_cluster_config` and `get_locks` (spec/client.md §11.1).
#include <algorithm>
#include <cctype>

#include "aurora/base/printable.h"
#include "aurora/client/admin.h"
#include "aurora/codec/json.h"
#include "client/host_names.h"
#include "client/update_view.h"

namespace aurora::client {
namespace {

// For a shell: as it is, or in quotes.
std::string quote_for_shell(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view("@%_-+=:,./").find(static_cast<char>(c)) != std::string_view::npos; };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\"'\"'" : std::string(1, c);
  return quoted + "'";
}

// What a shell takes as a part of a variable's name.
std::string variable_part(const std::string& name) {
  std::string part = name;
  for (char& c : part) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : '_';
  return part;
}

// Lists and maps become several variables: _0, _KEY.
void add_variables(std::vector<std::string>& lines, const std::string& name, const codec::JsonValue& value) {
  if (value.is_object()) {
    for (const codec::JsonMember& member : value.members()) add_variables(lines, name + "_" + variable_part(member.name), member.value);
    return;
  }
  if (value.is_array()) {
    for (size_t i = 0; i < value.items().size(); ++i) add_variables(lines, name + "_" + std::to_string(i), value.items()[i]);
    return;
  }
  const bool is_flag = value.kind() == codec::JsonValue::Kind::Bool;
  const std::string text = is_flag             ? (*value.as_bool() ? "1" : "0")
                           : value.is_string() ? *value.as_string()
                           : value.is_null()   ? ""
                                               : value.to_json();
  lines.push_back(name + "=" + quote_for_shell(text));
}

// As Python printed the fields of a lock, one a line.
std::string describe_lock(const UpdateView& update) {
  const auto quoted = [](const std::string& text) { return "'" + printable_line(text) + "'"; };
  return "{ 'key': LockKey(job=JobKey(role=" + quoted(update.job.role) + ", environment=" + quoted(update.job.environment) +
         ", name=" + quoted(update.job.name) + ")),\n  'message': " + quoted("job update " + update.status) +
         ",\n  'timestampMs': " + std::to_string(update.created.ms) + ",\n  'token': " + quoted(update.id) +
         ",\n  'user': " + quoted(update.user) + "}";
}

codec::JsonObject lock_document(const std::string& cluster, const UpdateView& update) {
  codec::JsonObject lock;
  lock.add("job", cluster + "/" + core::to_string(update.job)).add("token", update.id).add("user", update.user);
  return lock.add("timestampMs", update.created).add("message", "job update " + update.status);
}

}  // namespace

int get_scheduler(Session& session, const ClusterOptions& options) {
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto leader = scheduler->find_leader();
  if (!leader.ok()) return fail_call(session, leader.error());
  if (options.is_json) {
    session.console().print(codec::JsonObject().add("cluster", options.cluster).add("url", *leader).text());
  } else {
    session.console().print("Found leading scheduler at: " + *leader);
  }
  return 0;
}

int get_cluster_config(Session& session, const ClusterConfigOptions& options) {
  const auto cluster = session.find_cluster(options.cluster);
  if (!cluster.ok()) return session.fail(ExitCode::InvalidConfiguration, cluster.error().message);
  if (!options.is_shell) {
    session.console().print(cluster->entry);
    return 0;
  }
  std::vector<std::string> lines;
  add_variables(lines, "AURORA_CLUSTER", codec::JsonValue::parse(cluster->entry).value());
  for (const std::string& line : lines) session.console().print((options.is_exported ? "export " : "") + line);
  return 0;
}

int get_locks(Session& session, const ClusterOptions& options) {
  auto scheduler = SchedulerClient::find(session, options.cluster);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  const auto updates = list_updates(*scheduler, {{"active", "true"}});
  if (!updates.ok()) return fail_call(session, updates.error());
  report_response(session, "OK", "");
  codec::JsonArray documents;
  std::string text;
  for (const UpdateView& update : *updates) {
    documents.add_raw(lock_document(options.cluster, update).text());
    text += (text.empty() ? "" : ",\t\n") + describe_lock(update);
  }
  session.console().print(options.is_json ? codec::indent_json(documents.text(), 2) : text);
  return 0;
}

}  // namespace aurora::client
