// A Cluster against a naive one: same questions, same answers, after thousands of random changes. The changes
// are not decisions: they come in any order, also such as no scheduler would make.
#include <catch2/catch.hpp>

#include "aurora/base/rng.h"
#include "core/cluster/naive_cluster.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

std::vector<TaskId> ids(const std::vector<const Task*>& tasks) {
  std::vector<TaskId> found;
  for (const Task* task : tasks) found.push_back(task->id);
  return found;
}

class Pair {
 public:
  explicit Pair(uint64_t seed) : dice_(seed) {
    for (int i = 0; i < 6; ++i) {
      TaskConfig config = test::a_config(kJobs[static_cast<size_t>(i) % kJobs.size()]);
      config.priority = i;
      configs_.emplace_back(config);
    }
  }

  void step() {
    now_ = now_ + milliseconds(static_cast<int64_t>(dice_.below(3)));
    switch (dice_.below(20)) {
      case 0:
        return apply(HostSaved{test::a_host(a_host(), "r" + std::to_string(dice_.below(2)))});
      case 1:
        return apply(HostSeen{HostId(a_host()), "s", 1, now_, dice_.below(4) == 0});
      case 2:
        return apply(HostGone{HostId(a_host())});
      case 3:
      case 4:
      case 5:
        if (!naive_.tasks().empty()) return apply(TaskDeleted{a_task().id});
        return;
      case 6:
      case 7:
      case 8:
      case 9:
        return create();
      case 10:
      case 11:
      case 12:
      case 13:
        if (!naive_.tasks().empty()) return move();
        return;
      default:
        if (!naive_.tasks().empty()) return change();
    }
  }

  void compare_job_page(const std::string& role) {
    std::vector<JobKey> all = naive_.list_jobs();
    std::erase_if(all, [&](const JobKey& job) { return !role.empty() && job.role != role; });
    for (const bool is_reversed : {false, true}) {
      const size_t offset = static_cast<size_t>(dice_.below(5));
      const JobPage page = cluster_.list_job_page(role, {offset, 3, is_reversed});
      CHECK(page.total == all.size());
      std::vector<JobKey> jobs;
      for (const JobCounts& job : page.jobs) {
        CHECK(job.counts == &cluster_.count_tasks(*job.job));
        jobs.push_back(*job.job);
      }
      const size_t first = std::min(offset, all.size());
      CHECK(jobs == std::vector<JobKey>(all.begin() + static_cast<ptrdiff_t>(first),
                                        all.begin() + static_cast<ptrdiff_t>(std::min(first + 3, all.size()))));
      std::reverse(all.begin(), all.end());
    }
  }

  void compare() {
    for (int i = 0; i < 20; ++i) compare_query(a_query());
    CHECK(cluster_.list_jobs() == naive_.list_jobs());
    for (const char* role : {"", "www", "www-data", "none"}) compare_job_page(role);
    std::map<ConfigHash, std::vector<TaskId>> pending;
    for (const auto& [hash, queue] : cluster_.pending_groups()) {
      for (const WaitingTask& waiting : queue) pending[hash].push_back(waiting.task->id);
    }
    for (const TaskConfigRef& config : configs_)
      CHECK(pending[config.hash()] == naive_.list_pending(config.hash()));
    std::map<std::string, int64_t> roles;
    for (const JobKey& job : naive_.list_jobs()) {
      ++roles[job.role];
      compare_job(job);
    }
    for (const RoleCounts& role : cluster_.list_role_counts()) CHECK(roles[role.role] == role.jobs);
    CHECK(cluster_.list_roles().size() == roles.size());
    const RolePage page = cluster_.list_role_page({1, 1, true});
    CHECK(page.total == roles.size());
    CHECK(page.roles.size() == (roles.size() > 1 ? 1 : 0));
    for (const RoleCounts& role : page.roles) CHECK(role.role == std::next(roles.rbegin())->first);
    for (const auto& [id, host] : naive_.hosts()) {
      CHECK(ids(cluster_.list_host_tasks(id)) == naive_.list_host_tasks(id));
      CHECK(cluster_.used_ports(id) == naive_.used_ports(id));
      CHECK(cluster_.expected_tasks(id) == naive_.expected_tasks(id));
      REQUIRE(cluster_.find_host(id) != nullptr);
      CHECK(*cluster_.find_host(id) == host);
    }
    CHECK(cluster_.list_hosts().size() == naive_.hosts().size());
    CHECK(cluster_.connected_host_count() == naive_.connected_host_count());
    compare_records();
  }

 private:
  static constexpr std::array<const char*, 4> kJobs = {"www/prod/web", "www/prod/web-1", "www-data/prod/web",
                                                       "a/b/c"};

  std::string a_host() { return "h" + std::to_string(dice_.below(5)); }
  const Task& a_task() {
    return std::next(naive_.tasks().begin(), static_cast<std::ptrdiff_t>(dice_.below(naive_.tasks().size())))
        ->second;
  }
  TaskStatus a_status() {
    const auto& statuses = EnumNames<TaskStatus>::values;
    const TaskStatus status = statuses[dice_.below(statuses.size())].value;
    return status == TaskStatus::Deleted || status == TaskStatus::Init ? TaskStatus::Pending : status;
  }

  void apply(const Change& change) {
    naive_.apply(change);
    cluster_.apply(change);
  }
  void set_status(Task& task, TaskStatus status) {
    task.status = status;
    task.events.push_back({now_, status, std::nullopt, std::nullopt});
    if (!is_active(status)) return;
    task.host = is_assigned(status) ? HostId(a_host()) : HostId();
    task.assigned_ports.clear();
    if (dice_.below(2) == 0) task.assigned_ports["http"] = 31000 + static_cast<int32_t>(dice_.below(5));
  }
  void create() {
    Task task;
    task.config = configs_[dice_.below(configs_.size())];
    task.instance_id = static_cast<int32_t>(dice_.below(30));
    task.id = make_task_id(task.instance(), std::to_string(dice_.below(50)));
    set_status(task, dice_.below(2) == 0 ? TaskStatus::Pending : a_status());
    apply(TaskSaved{task});
  }
  void change() {
    Task task = a_task();
    if (dice_.below(8) != 0) set_status(task, a_status());
    if (dice_.below(8) == 0) task.instance_id = static_cast<int32_t>(dice_.below(30));
    if (dice_.below(8) == 0) ++task.failure_count;
    if (dice_.below(16) == 0) task.config = configs_[dice_.below(configs_.size())];
    apply(TaskSaved{task});
  }
  void move() {
    const Task& task = a_task();
    const TaskStatus status = a_status();
    TaskMoved moved{task.id, static_cast<int32_t>(task.events.size()), {}};
    moved.move.event = {now_, status, dice_.below(2) == 0 ? SharedText("why") : SharedText(), "scheduler"};
    const bool needs_host = is_assigned(status) && task.host.empty();
    if (needs_host || dice_.below(4) == 0) moved.move.assignment = Assignment{HostId(a_host()), {}};
    if (moved.move.assignment && dice_.below(2) == 0)
      moved.move.assignment->ports["http"] = 31000 + static_cast<int32_t>(dice_.below(5));
    if (dice_.below(4) == 0) moved.move.failure_count = task.failure_count + 1;
    if (dice_.below(4) == 0) moved.move.end_reason = killed_by("somebody");
    apply(moved);
    if (dice_.below(4) == 0) apply(moved);
    if (dice_.below(16) == 0) apply(TaskMoved{TaskId("nobody"), 3, moved.move});
  }

  TaskQuery a_query() {
    TaskQuery query;
    const JobKey job = test::a_key(kJobs[dice_.below(kJobs.size())]);
    if (dice_.below(3) == 0) query.role = job.role;
    if (dice_.below(4) == 0) query.environment = job.environment;
    if (dice_.below(4) == 0) query.job_name = job.name;
    if (dice_.below(8) == 0) query.job_keys = {job, test::a_key("a/b/c")};
    if (dice_.below(3) == 0) query.statuses = {a_status()};
    if (dice_.below(6) == 0) query.statuses.insert(a_status());
    if (dice_.below(8) == 0) query.hosts = {HostId(a_host())};
    if (dice_.below(8) == 0) query.instance_ids = {static_cast<int32_t>(dice_.below(30)), 3};
    if (dice_.below(16) == 0 && !naive_.tasks().empty()) query.task_ids = {a_task().id, TaskId("nobody")};
    return query;
  }

  void compare_query(const TaskQuery& query) {
    std::vector<TaskId> wanted = naive_.list_tasks(query);
    CHECK(ids(cluster_.list_tasks(query)) == wanted);
    Window window{dice_.below(wanted.size() + 3), dice_.below(10), dice_.below(2) == 0};
    const TaskPage page = cluster_.list_task_page(query, window);
    CHECK(page.total == wanted.size());
    if (window.is_reversed) std::reverse(wanted.begin(), wanted.end());
    const auto first = wanted.begin() + static_cast<std::ptrdiff_t>(std::min(window.offset, wanted.size()));
    const auto last =
        first + std::min<std::ptrdiff_t>(wanted.end() - first, static_cast<std::ptrdiff_t>(window.count));
    CHECK(ids(page.tasks) == std::vector<TaskId>(first, last));
    TaskQuery any_status = query;
    any_status.statuses.clear();
    CHECK(cluster_.count_tasks(query) == naive_.count_tasks(any_status));
  }

  void compare_job(const JobKey& job) {
    std::vector<TaskId> active = ids(cluster_.list_active(job));
    std::vector<TaskId> active_wanted = naive_.list_active(job);
    std::sort(active.begin(), active.end());  // two of one instance are in no order
    std::sort(active_wanted.begin(), active_wanted.end());
    CHECK(active == active_wanted);
    const std::vector<TaskId> terminal = naive_.list_terminal(job);
    CHECK(ids(cluster_.list_terminal(job, now_, 1'000'000)) == terminal);
    CHECK(cluster_.terminal_count(job) == terminal.size());
    CHECK((cluster_.find_last_ended(job) == nullptr) == terminal.empty());
    for (const char* rack : {"r0", "r1"})
      CHECK(cluster_.count_job_tasks(job, "rack", rack) == naive_.count_job_tasks(job, "rack", rack));
    CHECK(cluster_.count_job_tasks(job, "host", "h1") == naive_.count_job_tasks(job, "host", "h1"));
    REQUIRE(cluster_.find_config(job) != nullptr);
    CHECK(cluster_.find_config(job)->job == job);
  }

  void compare_records() {
    size_t count = 0;
    for (const Task* task : cluster_.list_tasks({})) {
      const auto wanted = naive_.tasks().find(task->id);
      REQUIRE(wanted != naive_.tasks().end());
      CHECK(*task == wanted->second);
      ++count;
    }
    CHECK(count == naive_.tasks().size());
  }

  Rng dice_;
  Instant now_{1'700'000'000'000};
  std::vector<TaskConfigRef> configs_;
  Cluster cluster_;
  test::NaiveCluster naive_;
};

}  // namespace

TEST_CASE("a cluster answers as a naive one does, after thousands of random changes") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Pair pair(seed);
    for (int round = 0; round < 40; ++round) {
      for (int step = 0; step < 100; ++step) pair.step();
      pair.compare();
    }
  }
}
