#include <catch2/catch.hpp>

#include <functional>

#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

// Three jobs on two hosts, in several states.
void fill(Cluster& cluster) {
  const auto add = [&](const std::string& job, int32_t instance, TaskStatus status, const std::string& host) {
    cluster.apply(TaskSaved{test::a_task({.status = status,
                                          .instance = instance,
                                          .config = test::a_config(job),
                                          .suffix = "x",
                                          .host = host})});
  };
  add("www/prod/web", 0, TaskStatus::Running, "h1");
  add("www/prod/web", 1, TaskStatus::Finished, "h2");
  add("www/devel/web", 0, TaskStatus::Running, "h2");
  add("www/prod/api", 0, TaskStatus::Pending, "");
  add("db/prod/web", 0, TaskStatus::Running, "h1");
}

struct Case {
  std::string name;
  std::function<void(TaskQuery&)> restrict;
  std::string found;  // ids without their suffix, by id
};

const std::vector<Case> kCases = {
    {"all", [](auto&) {}, "db-prod-web-0 www-devel-web-0 www-prod-api-0 www-prod-web-0 www-prod-web-1"},
    {"role", [](auto& q) { q.role = "www"; }, "www-devel-web-0 www-prod-api-0 www-prod-web-0 www-prod-web-1"},
    {"environment", [](auto& q) { q.environment = "prod"; },
     "db-prod-web-0 www-prod-api-0 www-prod-web-0 www-prod-web-1"},
    {"name", [](auto& q) { q.job_name = "web"; },
     "db-prod-web-0 www-devel-web-0 www-prod-web-0 www-prod-web-1"},
    {"whole key",
     [](auto& q) {
       q.role = "www";
       q.environment = "prod";
       q.job_name = "web";
     },
     "www-prod-web-0 www-prod-web-1"},
    {"statuses",
     [](auto& q) {
       q.statuses = {TaskStatus::Pending, TaskStatus::Finished};
     },
     "www-prod-api-0 www-prod-web-1"},
    {"instances", [](auto& q) { q.instance_ids = {1}; }, "www-prod-web-1"},
    {"hosts, of whatever state", [](auto& q) { q.hosts = {HostId("h2")}; }, "www-devel-web-0 www-prod-web-1"},
    {"job keys",
     [](auto& q) {
       q.job_keys = {{"www", "prod", "api"}, {"db", "prod", "web"}};
     },
     "db-prod-web-0 www-prod-api-0"},
    {"ids",
     [](auto& q) {
       q.task_ids = {TaskId("www-prod-web-0-x"), TaskId("none")};
     },
     "www-prod-web-0"},
    {"ids and status",
     [](auto& q) {
       q.task_ids = {TaskId("www-prod-web-0-x")};
       q.statuses = {TaskStatus::Failed};
     },
     ""},
    {"host and status",
     [](auto& q) {
       q.statuses = {TaskStatus::Running};
       q.hosts = {HostId("h1")};
     },
     "db-prod-web-0 www-prod-web-0"},
    {"unknown host", [](auto& q) { q.hosts = {HostId("h9")}; }, ""},
    {"unknown role", [](auto& q) { q.role = "ww"; }, ""},
};

}  // namespace

TEST_CASE("a query's conditions are all met, whichever index answers it") {
  Cluster cluster;
  fill(cluster);
  for (const Case& c : kCases) {
    std::string found;
    TaskQuery query;
    c.restrict(query);
    for (const Task* task : cluster.list_tasks(query)) {
      const std::string& id = task->id.value();
      found += (found.empty() ? "" : " ") + id.substr(0, id.size() - 2);
    }
    INFO(c.name);
    CHECK(found == c.found);
  }
}
