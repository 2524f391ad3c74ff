// Copies of the store, and the way back to one of them (spec/scheduler.md §16). What is staged is listed by task_routes.cpp.
#include "api/handler.h"
#include "api/http_status.h"
#include "api/paged_list.h"
#include "api/routes.h"
#include "aurora/scheduler/recovery.h"

namespace aurora::api {
namespace {

using codec::json::ObjectWriter;
using scheduler::Recovery;

struct NoFields {};
void fields(Is<NoFields> auto&, auto&&) {}

struct DeleteRequest {  // every task that all of these match; empty ones do not restrict
  std::vector<core::TaskId> task_ids;
  std::string role;
  std::string environment;
  std::string name;
  std::vector<core::TaskStatus> statuses;
  std::vector<int32_t> instances;
  std::vector<core::HostId> hosts;
};
void fields(Is<DeleteRequest> auto& r, auto&& visit) {
  visit("taskIds", r.task_ids);
  visit("role", r.role);
  visit("environment", r.environment);
  visit("name", r.name);
  visit("statuses", r.statuses);
  visit("instances", r.instances);
  visit("hosts", r.hosts);
}

void write_backup(std::string& out, const store::Backup& backup) {
  ObjectWriter json(out);
  json.add("backup", scheduler::backup_name(backup));
  json.add("id", static_cast<int64_t>(backup.id));
  json.add("madeAtMs", backup.at);
  json.add("bytes", static_cast<int64_t>(backup.bytes));
  json.end();
}

net::Response tell_report(const scheduler::RecoveryReport& report, int status) {
  std::string text;
  ObjectWriter json(text);
  json.add_text("state", enum_name(report.state));
  if (!report.backup.empty()) json.add("backup", report.backup);
  if (!report.message.empty()) json.add("message", report.message);
  ObjectWriter counts(json.begin("counts"));
  for (const auto& [name, count] : report.counts) counts.add(name, count);
  counts.end();
  json.end();
  return json_answer(std::move(text), status);
}

// `begin` is given what to call once the answer is known.
template <typename T, typename Begin, typename Say>
net::Response answer_later(const Begin& begin, const Say& say) {
  net::Response response;
  response.later = [begin, say](std::function<void(net::Response)> answer) {
    begin([answer = std::move(answer), say](const Result<T>& done) {
      answer(done.ok() ? say(*done) : to_response(done.error()));
    });
  };
  return response;
}

template <typename Begin>
net::Response answer_message_later(const Begin& begin) {
  return answer_later<core::Message>(
      begin, [](const core::Message& message) { return json_answer(codec::encode_json(message)); });
}

Result<net::Response> list_backups(const Recovery& recovery, const net::Request& request) {
  TRY(check_query(request, {"offset", "limit"}));
  const Page page = TRY(page_of(request));
  const std::vector<store::Backup> all = TRY(recovery.list_backups());
  PagedList backups("backups");
  backups.add_all(request, slice(all, page), write_backup);
  backups.end(page, all.size()).add("folder", recovery.backup_folder());
  return backups.answer();
}

Result<net::Response> make_backup(const Recovery& recovery, const net::Request& request) {
  TRY(decode_body<NoFields>(request));
  constexpr int kCreated = 201;
  return answer_later<store::Backup>([&recovery](auto done) { recovery.make_backup(std::move(done)); },
                                     [](const store::Backup& backup) {
                                       std::string text;
                                       write_backup(text, backup);
                                       return json_answer(std::move(text), kCreated);
                                     });
}

// Its name or its number.
Result<std::string> backup_in(const net::Request& request) {
  const codec::JsonValue body = TRY(codec::JsonValue::parse(request.body.empty() ? "{}" : request.body));
  for (const codec::JsonMember& member : body.members()) {
    if (member.name != "backup") return Error{ErrorCode::InvalidArgument, "There is no field '" + member.name + "'; say 'backup'"};
  }
  const codec::JsonValue* backup = body.find("backup");
  if (backup != nullptr && backup->kind() == codec::JsonValue::Kind::Integer) return std::to_string(*backup->as_int());
  std::string name = backup != nullptr && backup->is_string() ? *backup->as_string() : "";
  if (!name.empty()) return name;
  return Error{ErrorCode::InvalidArgument, "'backup' must be the name or the number of one of GET /v1/backups"};
}

Result<net::Response> stage(Recovery& recovery, const net::Request& request) {
  const std::string backup = TRY(backup_in(request));
  TRY(recovery.stage(backup));
  constexpr int kAccepted = 202;
  return tell_report(recovery.report(), kAccepted);
}

Result<net::Response> show(const Recovery& recovery, const net::Request& request) {
  TRY(check_query(request, {}));
  constexpr int kOk = 200;
  return tell_report(recovery.report(), kOk);
}

Result<net::Response> discard(Recovery& recovery, const net::Request&) {
  return answer_message_later([&recovery](auto done) { recovery.discard(std::move(done)); });
}

Result<net::Response> commit(Recovery& recovery, const net::Request& request) {
  TRY(decode_body<NoFields>(request));
  return answer_message_later([&recovery](auto done) { recovery.commit(std::move(done)); });
}

Result<core::TaskQuery> query_of(const DeleteRequest& body) {
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  core::TaskQuery query;
  query.role = text(body.role);
  query.environment = text(body.environment);
  query.job_name = text(body.name);
  query.task_ids = {body.task_ids.begin(), body.task_ids.end()};
  query.statuses = {body.statuses.begin(), body.statuses.end()};
  query.instance_ids = {body.instances.begin(), body.instances.end()};
  query.hosts = {body.hosts.begin(), body.hosts.end()};
  const bool names_some = query.role || query.environment || query.job_name || !query.task_ids.empty() ||
                          !query.statuses.empty() || !query.instance_ids.empty() || !query.hosts.empty();
  if (names_some) return query;
  return Error{ErrorCode::InvalidArgument,
               "Name the tasks to delete: taskIds, role, environment, name, statuses, instances or hosts"};
}

Result<net::Response> delete_tasks(Recovery& recovery, const net::Request& request) {
  const auto body = TRY(decode_body<DeleteRequest>(request));
  core::TaskQuery query = TRY(query_of(body));
  return answer_message_later(
      [&recovery, query = std::move(query)](auto done) { recovery.delete_tasks(query, std::move(done)); });
}

}  // namespace

std::vector<net::Route> recovery_routes(const SchedulerServices& services) {
  const auto bind = [&](auto handler) {
    return [&recovery = *services.recovery, handler](const net::Request& request) { return handler(recovery, request); };
  };
  return {
      make_route("GET", "/v1/backups", bind(list_backups)),
      make_route("POST", "/v1/backups", bind(make_backup)),
      make_route("GET", "/v1/recovery", bind(show)),
      make_route("POST", "/v1/recovery", bind(stage)),
      make_route("DELETE", "/v1/recovery", bind(discard)),
      make_route("POST", "/v1/recovery/tasks/delete", bind(delete_tasks)),
      make_route("POST", "/v1/recovery/commit", bind(commit)),
  };
}

}  // namespace aurora::api
