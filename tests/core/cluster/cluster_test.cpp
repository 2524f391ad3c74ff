#include "aurora/core/cluster/cluster.h"

#include <catch2/catch.hpp>

#include <limits>

#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;
using test::TaskRecipe;

namespace {

void save(Cluster& cluster, const Task& task) {
  cluster.apply(TaskSaved{task});
  CHECK(cluster.check_invariants().value_or("") == "");
}

std::vector<std::string> ids(const std::vector<const Task*>& tasks) {
  std::vector<std::string> found;
  for (const Task* task : tasks) found.push_back(task->id.value());
  return found;
}

Task task_of(const std::string& job, int32_t instance, TaskStatus status, const std::string& host = "h1") {
  TaskRecipe recipe{.status = status, .instance = instance, .config = test::a_config(job), .host = host};
  return test::a_task(recipe);
}

}  // namespace

TEST_CASE("an empty cluster answers every question") {
  const Cluster cluster;
  CHECK(cluster.find_task(TaskId("x")) == nullptr);
  CHECK(cluster.find_active({test::a_key(), 0}) == nullptr);
  CHECK(cluster.list_tasks({}).empty());
  CHECK(cluster.list_jobs().empty());
  CHECK(cluster.list_roles().empty());
  CHECK(cluster.available(HostId("h1")) == ResourceTotals{});
  CHECK(cluster.used_ports(HostId("h1")).empty());
  CHECK(cluster.find_active_update(test::a_key()) == nullptr);
  CHECK_FALSE(cluster.check_invariants().has_value());
}

TEST_CASE("jobs and roles are those of the tasks that are stored") {
  Cluster cluster;
  for (const char* job : {"www/prod/web", "db/prod/main", "www/devel/web", "www-data/prod/x"}) {
    save(cluster, task_of(job, 0, TaskStatus::Finished));
  }
  CHECK(cluster.list_roles() == std::vector<std::string>{"db", "www", "www-data"});
  CHECK(cluster.list_jobs().size() == 4);
  CHECK(cluster.list_jobs("www") ==
        std::vector<JobKey>{test::a_key("www/devel/web"), test::a_key("www/prod/web")});
  cluster.apply(TaskDeleted{task_of("db/prod/main", 0, TaskStatus::Finished).id});
  CHECK(cluster.list_roles() == std::vector<std::string>{"www", "www-data"});
}

TEST_CASE("active tasks are listed by instance") {
  Cluster cluster;
  for (const int32_t instance : {10, 2, 1})
    save(cluster, task_of("www/prod/web", instance, TaskStatus::Running));
  save(cluster, task_of("www/prod/web", 3, TaskStatus::Failed));
  CHECK(ids(cluster.list_active(test::a_key())) ==
        std::vector<std::string>{"www-prod-web-1-1", "www-prod-web-2-1", "www-prod-web-10-1"});
  CHECK(cluster.list_job_tasks(test::a_key()).size() == 4);
  CHECK(cluster.task_count(TaskStatus::Running) == 3);
  CHECK(cluster.find_active({test::a_key(), 3}) == nullptr);
}

TEST_CASE("a queue of equal tasks is first come, first served, also after a restart") {
  std::vector<Task> tasks;
  for (const int32_t instance : {0, 1, 2, 10})
    tasks.push_back(task_of("www/prod/web", instance, TaskStatus::Pending));
  tasks.push_back(test::a_task({.instance = 3, .at = Instant{1'600'000'000'000}}));  // has waited for longer
  Cluster cluster;
  Cluster replayed;
  for (const Task& task : tasks) save(cluster, task);
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) save(replayed, *task);
  REQUIRE(cluster.pending_groups().size() == 1);
  CHECK(cluster.pending_groups() == replayed.pending_groups());
  std::vector<std::string> queue;
  for (const WaitingTask& waiting : cluster.pending_groups().begin()->second)
    queue.push_back(waiting.task->id.value());
  CHECK(queue == std::vector<std::string>{"www-prod-web-3-1", "www-prod-web-0-1", "www-prod-web-1-1",
                                          "www-prod-web-2-1", "www-prod-web-10-1"});
}

TEST_CASE("a pending reason lasts until a task of its group stops waiting") {
  Cluster cluster;
  const Task task = test::a_task(TaskStatus::Pending);
  save(cluster, task);
  cluster.apply(PendingReasonFound{task.config.hash(), {.reason = "Insufficient: CPU", .since = {}}});
  save(cluster, task);  // saved again, still waiting
  REQUIRE(cluster.find_pending_reason(task.config.hash()) != nullptr);
  CHECK(cluster.find_pending_reason(task.config.hash())->reason == "Insufficient: CPU");
  save(cluster, test::a_task(TaskStatus::Assigned));
  CHECK(cluster.find_pending_reason(task.config.hash()) == nullptr);
}

TEST_CASE("a host offers what its assigned tasks leave") {
  Cluster cluster;
  cluster.apply(HostSaved{test::a_host()});
  Task task = test::a_task(TaskStatus::Running);
  task.assigned_ports = {{"http", 31001}};
  save(cluster, task);
  save(cluster, task_of("www/prod/web", 1, TaskStatus::Partitioned));
  save(cluster, task_of("www/prod/web", 2, TaskStatus::Lost));
  save(cluster, task_of("www/prod/web", 3, TaskStatus::Pending));
  CHECK(cluster.available(HostId("h1")) ==
        ResourceTotals{16 - 2 * 1.25, 16384 - 2 * 256, 65536 - 2 * 64, 0, 1001});
  CHECK(cluster.used_ports(HostId("h1")) == std::vector<int32_t>{31001});
  CHECK(cluster.list_host_tasks(HostId("h1")).size() == 2);
  cluster.apply(TaskDeleted{task.id});
  CHECK(cluster.used_ports(HostId("h1")).empty());
}

TEST_CASE("sums of cores leave no rounding behind") {
  Cluster cluster(ExecutorOverhead{0, 0});
  Host host = test::a_host();
  host.capacity.cpus = 0.3;
  cluster.apply(HostSaved{host});
  for (int32_t instance = 0; instance < 3; ++instance) {
    Task task = task_of("www/prod/web", instance, TaskStatus::Running);
    TaskConfig config = *task.config;
    config.resources.cpus = 0.1;
    task.config = TaskConfigRef(config);
    save(cluster, task);
  }
  CHECK(cluster.available(HostId("h1")).cpus == 0);
}

TEST_CASE("tasks cost their host an executor, unless they have none") {
  TaskConfig config = test::a_config();
  CHECK(cost_on_host(config) == ResourceTotals{1.25, 256, 64, 0, 0});
  config.revocable = true;
  CHECK(cost_on_host(config) == ResourceTotals{0, 256, 64, 0, 0, 1.25});
  config.revocable = false;
  config.resources.ports = {"http", "admin"};
  config.executor_config.reset();
  CHECK(cost_on_host(config) == ResourceTotals{1, 128, 64, 0, 2});
  config.executor_config = ExecutorConfig{};
  config.resources.ram_mb = std::numeric_limits<int64_t>::max();
  CHECK(cost_on_host(config).ram_mb == std::numeric_limits<int64_t>::max());
}

TEST_CASE("a job's tasks are counted by attribute of their hosts, which may change") {
  Cluster cluster;
  cluster.apply(HostSaved{test::a_host("h1", "r1")});
  cluster.apply(HostSaved{test::a_host("h2", "r1")});
  save(cluster, task_of("www/prod/web", 0, TaskStatus::Running, "h1"));
  save(cluster, task_of("www/prod/web", 1, TaskStatus::Killing, "h2"));
  save(cluster, task_of("www/prod/web", 2, TaskStatus::Finished, "h2"));
  save(cluster, task_of("www/prod/api", 0, TaskStatus::Running, "h2"));
  const JobKey web = test::a_key();
  CHECK(cluster.count_job_tasks(web, "rack", "r1") == 2);
  CHECK(cluster.count_job_tasks(web, "host", "h2") == 1);
  CHECK(cluster.count_job_tasks(web, "rack", "r2") == 0);
  cluster.apply(HostSaved{test::a_host("h2", "r2")});
  CHECK(cluster.count_job_tasks(web, "rack", "r1") == 1);
  CHECK(cluster.count_job_tasks(web, "rack", "r2") == 1);
  CHECK_FALSE(cluster.check_invariants().has_value());
}

TEST_CASE("a host that is replayed after its tasks counts them too") {
  Cluster cluster;
  save(cluster, task_of("www/prod/web", 0, TaskStatus::Running));
  cluster.apply(HostSaved{test::a_host()});
  CHECK(cluster.count_job_tasks(test::a_key(), "rack", "r1") == 1);
  CHECK_FALSE(cluster.check_invariants().has_value());
}

TEST_CASE("sessions come and go with reports") {
  Cluster cluster;
  cluster.apply(HostSaved{test::a_host()});
  CHECK(cluster.find_session(HostId("h1")) == nullptr);
  cluster.apply(HostSeen{HostId("h1"), "s1", 7, Instant{5}});
  REQUIRE(cluster.find_session(HostId("h1")) != nullptr);
  CHECK(cluster.find_session(HostId("h1"))->sequence == 7);
  cluster.apply(HostGone{HostId("h1")});
  CHECK(cluster.find_session(HostId("h1")) == nullptr);
  CHECK(cluster.find_host(HostId("h1")) != nullptr);
}

TEST_CASE("equal configurations are held once") {
  Cluster cluster;
  save(cluster, task_of("www/prod/web", 0, TaskStatus::Running));
  save(cluster, task_of("www/prod/web", 1, TaskStatus::Running));
  const auto tasks = cluster.list_active(test::a_key());
  CHECK(&*tasks[0]->config == &*tasks[1]->config);
}

TEST_CASE("an update is active until its last event says otherwise") {
  Cluster cluster;
  const UpdateKey key{test::a_key(), UpdateId("u1")};
  JobUpdate update;
  update.key = key;
  update.instructions.desired_state = InstanceTaskConfig{TaskConfigRef(test::a_config()), {{0, 1}}};
  cluster.apply(UpdateSaved{update});
  CHECK(cluster.find_active_update(key.job) == nullptr);
  const UpdateEvent begin{UpdateStatus::RollingForward, Instant{1}, {}, {}};
  cluster.apply(UpdateEventAdded{key, 0, begin});
  cluster.apply(UpdateEventAdded{key, 0, begin});
  cluster.apply(InstanceEventAdded{key, 0, {0, Instant{2}, InstanceAction::Updating, {}}});
  cluster.apply(UpdateProgressed{key, {}});
  REQUIRE(cluster.find_active_update(key.job) != nullptr);
  CHECK(cluster.find_active_update(key.job)->events.size() == 1);
  CHECK(cluster.list_active_updates().size() == 1);
  CHECK(cluster.find_progress(key) != nullptr);

  cluster.apply(UpdateSaved{update});  // without events: those that are known stay
  CHECK(cluster.find_update(key)->instance_events.size() == 1);
  cluster.apply(UpdateEventAdded{key, 1, {UpdateStatus::RolledForward, Instant{3}, {}, {}}});
  CHECK(cluster.find_active_update(key.job) == nullptr);
  CHECK(cluster.find_progress(key) == nullptr);
  CHECK(cluster.list_updates(key.job).size() == 1);
  CHECK(cluster.check_invariants().value_or("") == "");
  cluster.apply(UpdateDeleted{key});
  cluster.apply(UpdateDeleted{key});
  CHECK(cluster.list_updates().empty());
  CHECK(cluster.check_invariants().value_or("") == "");
}

// As a store loads them: records first, then the events of one update after the other.
TEST_CASE("an update under way is still the job's after a start, whatever older updates there are") {
  const UpdateKey old{test::a_key(), UpdateId("older-in-time")};
  const UpdateEvent begin{UpdateStatus::RollingForward, Instant{1}, {}, {}};
  const UpdateEvent end{UpdateStatus::RolledForward, Instant{2}, {}, {}};
  for (const std::string id : {"before", "older-in-time-and-after"}) {
    const UpdateKey under_way{test::a_key(), UpdateId(id)};
    Cluster cluster;
    for (const UpdateKey& key : {old, under_way}) {
      JobUpdate update;
      update.key = key;
      cluster.apply(UpdateSaved{update});
    }
    for (const UpdateKey& key : std::set{old, under_way}) {
      cluster.apply(UpdateEventAdded{key, 0, begin});
      if (key == old) cluster.apply(UpdateEventAdded{key, 1, end});
    }
    REQUIRE(cluster.find_active_update(test::a_key()) != nullptr);
    CHECK(cluster.find_active_update(test::a_key())->key == under_way);
    CHECK(cluster.check_invariants().value_or("") == "");
  }
}

TEST_CASE("broken promises are named") {
  const auto violation = [](const std::vector<Change>& changes) {
    Cluster cluster;
    for (const Change& change : changes) cluster.apply(change);
    return cluster.check_invariants().value_or("");
  };
  const Task first = test::a_task({.status = TaskStatus::Running, .suffix = "a"});
  const Task second = test::a_task({.status = TaskStatus::Running, .suffix = "b"});
  CHECK(violation({TaskSaved{first}, TaskSaved{second}}) ==
        "instance www/prod/web/0 is occupied by www-prod-web-0-a and by www-prod-web-0-b");

  Host small = test::a_host();
  small.capacity.cpus = 1;
  CHECK(violation({TaskSaved{first}, HostSaved{small}}).starts_with("host h1 has promised more than it has"));

  Task port = test::a_task({.status = TaskStatus::Running, .instance = 1});
  Task same_port = test::a_task({.status = TaskStatus::Running, .instance = 2});
  port.assigned_ports = same_port.assigned_ports = {{"http", 31000}};
  CHECK(violation({TaskSaved{port}, TaskSaved{same_port}, HostSaved{test::a_host()}}) ==
        "host h1 has promised port 31000 twice");

  Task odd = first;
  odd.status = TaskStatus::Finished;
  CHECK(violation({TaskSaved{odd}}) == "task www-prod-web-0-a is FINISHED but its last event says RUNNING");
}
