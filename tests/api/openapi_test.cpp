// The document and the program say the same: which routes there are and what they answer.
#include <catch2/catch.hpp>
#include <set>

#include "api/access.h"
#include "aurora/codec/json.h"
#include "executor_bench.h"
#include "scheduler_bench.h"

namespace aurora::api {
namespace {

using codec::JsonValue;

const JsonValue& at(const JsonValue& value, const std::string& name) {
  const JsonValue* member = value.find(name);
  INFO(name);
  REQUIRE(member);
  return *member;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Checks that `value` has nothing that the schema does not name, and all that it requires.
class Checker {
 public:
  explicit Checker(const JsonValue& document) : document_(document) {}

  void check(const JsonValue& value, const JsonValue& schema, const std::string& path) const {
    INFO(path);
    if (schema.find("$ref")) return check(value, resolve(schema), path);
    if (schema.find("allOf")) return check_object(value, members_of(schema), path);
    if (const JsonValue* cases = schema.find("oneOf")) return check_one_of(value, *cases, path);
    if (value.is_null() && schema.bool_or("nullable", false)) return;
    const std::string type = schema.string_or("type", "");
    if (type == "array") {
      REQUIRE(value.is_array());
      for (const JsonValue& item : value.items()) check(item, at(schema, "items"), path + "[]");
    } else if (type == "object") {
      REQUIRE(value.is_object());
      if (const JsonValue* values = schema.find("additionalProperties")) {
        for (const auto& member : value.members()) check(member.value, *values, path + "." + member.name);
      } else if (schema.find("properties")) {
        check_object(value, members_of(schema), path);
      }
    } else if (type == "string") {
      REQUIRE(value.is_string());
      if (const JsonValue* names = schema.find("enum")) {
        std::set<std::string> known;
        for (const JsonValue& name : names->items()) known.insert(*name.as_string());
        CHECK(known.contains(*value.as_string()));
      }
    } else if (type == "boolean") {
      REQUIRE(value.kind() == JsonValue::Kind::Bool);
    } else {
      REQUIRE(value.is_number());
    }
  }

 private:
  struct Members {
    std::map<std::string, const JsonValue*> properties;
    std::set<std::string> required;
  };

  const JsonValue& resolve(const JsonValue& schema) const {
    const std::string name = *schema.get_string("$ref");
    return at(at(at(document_, "components"), "schemas"), name.substr(name.rfind('/') + 1));
  }
  Members members_of(const JsonValue& schema) const {
    if (schema.find("$ref")) return members_of(resolve(schema));
    Members members;
    if (const JsonValue* parts = schema.find("allOf")) {
      for (const JsonValue& part : parts->items()) {
        Members more = members_of(part);
        members.properties.merge(more.properties);
        members.required.merge(more.required);
      }
      return members;
    }
    for (const auto& member : at(schema, "properties").members())
      members.properties[member.name] = &member.value;
    if (const JsonValue* required = schema.find("required")) {
      for (const JsonValue& name : required->items()) members.required.insert(*name.as_string());
    }
    return members;
  }
  void check_object(const JsonValue& value, const Members& members, const std::string& path) const {
    for (const std::string& name : members.required) {
      INFO(path << " lacks " << name);
      CHECK(value.find(name) != nullptr);
    }
    for (const auto& member : value.members()) {
      INFO(path << " has " << member.name);
      const auto property = members.properties.find(member.name);
      REQUIRE(property != members.properties.end());
      check(member.value, *property->second, path + "." + member.name);
    }
  }
  // Our unions are objects with one member: its name decides.
  void check_one_of(const JsonValue& value, const JsonValue& cases, const std::string& path) const {
    REQUIRE(value.members().size() == 1);
    for (const JsonValue& one : cases.items()) {
      if (at(one, "properties").find(value.members()[0].name)) return check(value, one, path);
    }
    FAIL("no case for " << value.members()[0].name);
  }

  const JsonValue& document_;
};

// "GET /v1/tasks/{id}" of a document; of a route, whose last parameter may take the rest of the path:
// {path...}
std::set<std::string> operations_of(const JsonValue& document) {
  std::set<std::string> operations;
  for (const auto& path : at(document, "paths").members()) {
    for (const auto& operation : path.value.members())
      CHECK(operations.insert(upper(operation.name) + " " + path.name).second);
  }
  return operations;
}
std::string operation_of(const net::Route& route) {
  std::string pattern = route.pattern;
  const size_t rest = pattern.find("...}");
  if (rest != std::string::npos) pattern.erase(rest, 3);
  return route.method + " " + pattern;
}
std::set<std::string> operations_of(const std::vector<net::Route>& routes,
                                    const std::set<std::string>& pages) {
  std::set<std::string> operations;
  for (const net::Route& route : routes) {
    if (pages.contains(route.pattern)) continue;
    INFO(operation_of(route));
    CHECK(operations.insert(operation_of(route)).second);  // two of one address: one would never be asked
  }
  return operations;
}

void check_references(const JsonValue& value, const JsonValue& document) {
  for (const JsonValue& item : value.items()) check_references(item, document);
  for (const auto& member : value.members()) {
    check_references(member.value, document);
    if (member.name != "$ref") continue;
    std::string target = *member.value.as_string();  // #/components/schemas/Error
    const JsonValue* found = &document;
    for (size_t slash = target.find('/'); slash != std::string::npos && found != nullptr;) {
      const size_t next = target.find('/', slash + 1);
      found = found->find(target.substr(slash + 1, next == std::string::npos ? next : next - slash - 1));
      slash = next;
    }
    INFO(target);
    CHECK(found != nullptr);
  }
}

// The path parameters of each operation are those that its path names.
void check_parameters(const JsonValue& document) {
  for (const auto& path : at(document, "paths").members()) {
    for (const auto& operation : path.value.members()) {
      std::string named;
      if (const JsonValue* parameters = operation.value.find("parameters")) {
        for (const JsonValue& parameter : parameters->items()) {
          if (parameter.string_or("in", "") == "path") named += "{" + parameter.string_or("name", "") + "}";
        }
      }
      std::string wanted;
      for (size_t open = path.name.find('{'); open != std::string::npos;
           open = path.name.find('{', open + 1)) {
        wanted += path.name.substr(open, path.name.find('}', open) - open + 1);
      }
      INFO(path.name);
      CHECK(named == wanted);
    }
  }
}

// What is read from `targets` (documented path, address) looks as the document says.
template <typename Read>
void check_answers(const JsonValue& document, const std::vector<std::pair<std::string, std::string>>& targets,
                   Read read) {
  for (const auto& [path, target] : targets) {
    const JsonValue& operation = at(at(at(document, "paths"), path), "get");
    const JsonValue& content = at(at(at(operation, "responses"), "200"), "content");
    Checker(document).check(read(target), at(at(content, "application/json"), "schema"), path);
  }
}

// The document names the secret where the route asks for it, and nowhere else.
void check_security(const JsonValue& document, const std::vector<net::Route>& routes) {
  std::set<std::string> guarded;
  for (const net::Route& route : routes) {
    if (route.gate) guarded.insert(operation_of(route));
  }
  for (const auto& path : at(document, "paths").members()) {
    for (const auto& operation : path.value.members()) {
      const std::string name = upper(operation.name) + " " + path.name;
      INFO(name);
      CHECK((operation.value.find("security") != nullptr) == guarded.contains(name));
    }
  }
}

TEST_CASE("every route of the scheduler is in its document, and nothing else is") {
  SchedulerBench bench;
  const JsonValue document = bench.get("/v1/openapi.json");
  const std::set<std::string> pages = {"/",      "/scheduler",   "/scheduler/{path...}", "/updates",
                                       "/hosts", "/pending", "/favicon.ico", "/assets/{path...}", "/maintenance", "/agents", "/slaves",
                                       "/graphdata/"};
  CHECK(operations_of(bench.routes(), pages) == operations_of(document));
  check_references(document, document);
  check_parameters(document);
  check_security(document, SchedulerBench("0123456789abcdef").routes());
}

TEST_CASE("every route of the executor is in its document, and nothing else is") {
  ExecutorBench bench;
  const JsonValue document = bench.json("/v1/openapi.json");
  const std::set<std::string> pages = {"/",
                                       "/task/{id}",
                                       "/shell/{id}",
                                       "/process/{id}/{process}",
                                       "/logs/{id}/{process}/{run}/{stream}",
                                       "/lines/{id}",
                                       "/browse/{id}",
                                       "/browse/{id}/{path...}",
                                       "/file/{id}/{path...}",
                                       "/favicon.ico",
                                       "/assets/{path...}"};
  CHECK(operations_of(bench.routes(), pages) == operations_of(document));
  check_references(document, document);
  check_parameters(document);
  std::vector<net::Route> routes = bench.routes();
  guard(routes, "0123456789abcdef", Guarded::Everything, "");
  check_security(document, routes);
}

TEST_CASE("answers of the executor have the documented shape") {
  ExecutorBench bench;
  bench.add_task("t1");
  bench.end_task(bench.add_task("t2"));
  bench.add_check(core::TaskId("t1"), {core::HttpCheck{31000, "/alive", "ok", 0}}, std::nullopt);
  bench.add_check(core::TaskId("t2"), {core::ShellCheck{"false"}}, "exit status 1");
  const std::string execs = bench.work().paths_of(core::TaskId("t1")).folder + "/execs";
  REQUIRE(executor::append_exec(execs, {.id = "1", .who = "alice", .command = {"ls"}, .exit_code = 0}).ok());
  REQUIRE(executor::append_exec(execs, {.id = "2", .who = "bob", .ended_at = Instant{7}, .signal = "HUP", .reason = "gone"}).ok());
  const JsonValue document = bench.json("/v1/openapi.json");
  check_answers(document,
                {{"/v1/host", "/v1/host"},
                 {"/v1/tasks", "/v1/tasks"},
                 {"/v1/tasks/{taskId}", "/v1/tasks/t1"},
                 {"/v1/tasks/{taskId}", "/v1/tasks/t2"},
                 {"/v1/tasks/{taskId}/health", "/v1/tasks/t1/health"},
                 {"/v1/tasks/{taskId}/health", "/v1/tasks/t2/health"},
                 {"/v1/tasks/{taskId}/execs", "/v1/tasks/t1/execs"},
                 {"/v1/tasks/{taskId}/processes/{process}", "/v1/tasks/t1/processes/fetch"},
                 {"/v1/tasks/{taskId}/processes/{process}/runs/{run}/{stream}",
                  "/v1/tasks/t1/processes/fetch/runs/0/stdout"},
                 {"/v1/tasks/{taskId}/logs", "/v1/tasks/t1/logs?search=module"},
                 {"/v1/tasks/{taskId}/files", "/v1/tasks/t1/files"},
                 {"/j/task_ids", "/j/task_ids"},
                 {"/j/task_ids/{type}/{offset}/{num}", "/j/task_ids/all/0/5"},
                 {"/j/task_id_count", "/j/task_id_count"},
                 {"/j/task", "/j/task?task_id=t1,t2"},
                 {"/j/task/{id}", "/j/task/t1"},
                 {"/j/process/{id}/{process}", "/j/process/t1/run"},
                 {"/j/process/{id}/{process}/{run}", "/j/process/t1/fetch/0"},
                 {"/j/processes", "/j/processes?task_id=t1"},
                 {"/logdata/{id}/{process}/{run}/{stream}", "/logdata/t1/fetch/0/stdout?offset=0"},
                 {"/filedata/{id}/{path}", "/filedata/t1/script.sh"},
                 {"/vars.json", "/vars.json"}},
                [&](const std::string& target) { return bench.json(target); });
  const JsonValue& error = at(at(at(document, "components"), "schemas"), "Error");
  Checker(document).check(*JsonValue::parse(bench.get("/v1/tasks/none").body), error, "error");
}

TEST_CASE("answers of the scheduler have the documented shape") {
  SchedulerBench bench;
  core::TaskConfig config = test::a_service("www/prod/web");
  config.constraints = {{"rack", core::ValueConstraint{false, {"r1"}}}, {"host", core::LimitConstraint{1}}};
  config.contact_email = "a@b";
  config.metadata = {{"k", "v"}};
  config.task_links = {{"http", "http://%host%:%port:http%"}};
  config.partition_policy = core::PartitionPolicy{};
  bench.create(test::a_job_of(config, 2));
  bench.report("h1");
  bench.settle(seconds(2));
  core::JobUpdateRequest request;
  request.task_config = config;
  request.task_config.priority = 4;
  request.instance_count = 3;
  const std::string body = codec::JsonObject().add_raw("request", codec::encode_json(request)).text();
  const std::string update = bench.post("/v1/updates", body, 201).find("key")->string_or("id", "");
  bench.settle(seconds(2));
  bench.post("/v1/maintenance/drain",
             R"({"hosts":["h1"],"policy":{"coordinatorSlaPolicy":{"coordinatorUrl":"http://c","statusKey":""}},"timeoutSecs":60})");

  core::JobConfiguration cron = test::a_job("www/prod/nightly");
  cron.cron_schedule = "0 0 * * *";
  REQUIRE(bench.call("PUT", "/v1/jobs/www/prod/nightly/cron", codec::encode_json(cron)).status == 200);
  bench.post("/v1/jobs/www/prod/nightly/cron/start", "");
  bench.post("/v1/jobs/www/prod/nightly/cron/start", "");  // and now one waits

  const JsonValue document = bench.get("/v1/openapi.json");
  check_answers(document,
                {
                    {"/v1/cron", "/v1/cron"},
                    {"/v1/jobs/{role}/{environment}/{name}/cron", "/v1/jobs/www/prod/nightly/cron"},
                    {"/v1/jobs/{role}/{environment}/{name}", "/v1/jobs/www/prod/nightly"},
                    {"/cron", "/cron"},
                    {"/v1/roles", "/v1/roles"},
                    {"/v1/roles/{role}", "/v1/roles/www"},
                    {"/v1/jobs", "/v1/jobs"},
                    {"/v1/jobKeys", "/v1/jobKeys?prefix=www/"},
                    {"/v1/jobs/{role}/{environment}/{name}", "/v1/jobs/www/prod/web"},
                    {"/v1/jobs/{role}/{environment}/{name}/sla", "/v1/jobs/www/prod/web/sla"},
                    {"/pendingtasks", "/pendingtasks"},
                    {"/v1/tasks", "/v1/tasks"},
                    {"/v1/pending", "/v1/pending"},
                    {"/v1/updates", "/v1/updates"},
                    {"/v1/updates/{role}/{environment}/{name}/{id}", "/v1/updates/www/prod/web/" + update},
                    {"/v1/updates/{role}/{environment}/{name}/{id}:explain", "/v1/updates/www/prod/web/" + update + ":explain"},
                    {"/v1/jobs/{role}/{environment}/{name}:explain", "/v1/jobs/www/prod/web:explain"},
                    {"/v1/jobs/{role}/{environment}/{name}:explain", "/v1/jobs/www/prod/nightly:explain"},
                    {"/v1/jobs/{role}/{environment}/{name}:explain", "/v1/jobs/www/prod/web:explain?instance=0"},
                    {"/v1/hosts/{host}:explain", "/v1/hosts/h1:explain"},
                    {"/v1/hosts", "/v1/hosts"},
                    {"/v1/maintenance", "/v1/maintenance"},
                    {"/v1/backups", "/v1/backups"},
                    {"/v1/recovery", "/v1/recovery"},
                    {"/v1/cluster", "/v1/cluster"},
                    {"/v1/events", "/v1/events?limit=1000"},
                    {"/v1/tiers", "/v1/tiers"},
                    {"/vars.json", "/vars.json"},
                },
                [&](const std::string& target) { return bench.get(target); });
  const JsonValue& diff = at(at(at(document, "components"), "schemas"), "JobDiff");
  Checker(document).check(bench.post("/v1/updates/diff", codec::encode_json(request)), diff, "diff");
  const JsonValue& error = at(at(at(document, "components"), "schemas"), "Error");
  Checker(document).check(*JsonValue::parse(bench.call("GET", "/v1/tasks/none").body), error, "error");
}

}  // namespace
}  // namespace aurora::api
