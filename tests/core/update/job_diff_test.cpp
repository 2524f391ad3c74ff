#include "aurora/core/update/job_diff.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora::core {
namespace {

using test::a_service;
using test::a_task;
using Ids = std::set<int32_t>;

struct Case {
  std::string name;
  std::vector<std::pair<int32_t, int32_t>> active;  // instance, priority
  int32_t count;
  Ids scope;
  Ids added, removed, updated, unchanged;
};

Ids keys_of(const std::map<int32_t, TaskConfigRef>& map) {
  Ids ids;
  for (const auto& [id, config] : map) ids.insert(id);
  return ids;
}

TEST_CASE("what an update replaces", "[update]") {
  const Case cases[] = {
      {"a new job", {}, 2, {}, {0, 1}, {}, {}, {}},
      {"nothing", {{0, 1}, {1, 1}}, 2, {}, {}, {}, {}, {0, 1}},
      {"all", {{0, 0}, {1, 0}}, 2, {}, {}, {}, {0, 1}, {}},
      {"fewer instances", {{0, 1}, {1, 1}, {5, 1}}, 1, {}, {}, {1, 5}, {}, {0}},
      {"more instances, some as wanted", {{0, 1}, {1, 0}}, 4, {}, {2, 3}, {}, {1}, {0}},
      {"only some", {{0, 0}, {1, 0}, {2, 0}}, 4, {1, 3}, {3}, {}, {1}, {0, 2}},
      {"only one to remove", {{0, 0}, {1, 0}, {2, 0}}, 1, {2}, {}, {2}, {}, {0, 1}},
  };
  TaskConfig wanted = a_service();
  wanted.priority = 1;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::vector<Task> tasks;
    for (const auto& [id, priority] : c.active) {
      TaskConfig config = a_service();
      config.priority = priority;
      tasks.push_back(a_task({.status = TaskStatus::Running, .instance = id, .config = config}));
    }
    std::vector<const Task*> active;
    for (const Task& task : tasks) active.push_back(&task);
    const JobDiff diff = diff_job(active, TaskConfigRef(wanted), c.count, c.scope);
    CHECK(diff.added() == c.added);
    CHECK(diff.removed() == c.removed);
    CHECK(diff.updated() == c.updated);
    CHECK(keys_of(diff.unchanged) == c.unchanged);
    CHECK(diff.is_empty() == (c.added.empty() && c.removed.empty() && c.updated.empty()));
  }
}

TEST_CASE("instances that are neither there nor wanted", "[update]") {
  const Task task = a_task({.status = TaskStatus::Running, .instance = 5});
  CHECK(out_of_scope({&task}, 2, {0, 1, 5}).empty());
  CHECK(out_of_scope({&task}, 2, {1, 2, 9, -1}) == Ids{-1, 2, 9});
}

TEST_CASE("old configurations are gathered with their instances", "[update]") {
  TaskConfig other = a_service();
  other.priority = 1;
  const TaskConfigRef a{a_service()}, b{other};
  const auto groups = group_by_config({{0, a}, {1, b}, {2, a}, {3, a}});
  REQUIRE(groups.size() == 2);
  CHECK(groups[0] == InstanceTaskConfig{a, {{0, 0}, {2, 3}}});
  CHECK(groups[1] == InstanceTaskConfig{b, {{1, 1}}});
}

}  // namespace
}  // namespace aurora::core
