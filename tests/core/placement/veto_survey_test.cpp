// What pages show of waiting tasks against a survey in the plainest way: every host asked by match(), from
// the records, after random histories of hosts that come, go and change, and of tasks that come and end.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>

#include "core/cluster/naive_cluster.h"
#include "core/placement/match.h"
#include "support/decider.h"

namespace aurora::core {
namespace {

using test::a_config;
using test::a_host;
using test::a_task;
using test::Decider;

struct Survey {
  int64_t hosts = 0;
  std::string closest = "No hosts are connected";
  int64_t score = std::numeric_limits<int64_t>::max();
  std::vector<HostVeto> vetoes;
  friend bool operator==(const Survey&, const Survey&) = default;
};

std::ostream& operator<<(std::ostream& out, const Survey& survey) {
  out << survey.hosts << " hosts, " << survey.score << ": " << survey.closest;
  for (const HostVeto& veto : survey.vetoes)
    out << "; " << veto.hosts << ' ' << veto.reason << ' ' << veto.detail;
  return out;
}

std::string join(const std::set<std::string>& values, size_t count_max) {
  std::string text;
  size_t count = 0;
  for (const std::string& value : values) {
    if (count++ == count_max) return text + " and others";
    text += (text.empty() ? "" : ", ") + value;
  }
  return text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

// A cluster of a few hosts and what happens to it, and beside it what plain records say.
class History {
 public:
  explicit History(uint64_t seed) : dice_(seed) {}

  void step() {
    for (uint64_t i = 0, changes = dice_.below(4); i < changes; ++i) change_something();
    if (dice_.below(3) == 0) add_tasks();
    place();
  }

  // Those that wait because no host takes them say what the plain survey says.
  void compare() const {
    for (const ConfigHash& hash : unplaced_) {
      const TaskConfig& config = *decider_.cluster.pending_groups().at(hash).front().task->config;
      const PendingReason* reason = decider_.cluster.find_pending_reason(hash);
      REQUIRE(reason != nullptr);
      const Survey told{reason->hosts, reason->reason, reason->score, reason->vetoes};
      CHECK(told == survey(config));
    }
    CHECK(decider_.cluster.check_invariants() == std::nullopt);
  }
  size_t compared() const { return unplaced_.size(); }

 private:
  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      naive_.apply(change);
      decider_.cluster.apply(change);
    }
  }
  void place() {
    std::set<ConfigHash> groups;
    for (const auto& [hash, tasks] : decider_.cluster.pending_groups()) groups.insert(hash);
    const auto decision = decide(decider_.cluster, PlaceTasks{groups, 1000}, decider_.context());
    REQUIRE(decision.ok());
    apply(decision->changes);
    unplaced_ = std::get<PlaceTasks::Answer>(decision->answer).unplaced;
  }

  Host some_host() {
    Host host = a_host("h" + std::to_string(dice_.below(9)), "r" + std::to_string(dice_.below(8)));
    if (dice_.below(3) == 0) host.attributes["rack"].insert("r" + std::to_string(dice_.below(8)));
    if (dice_.below(3) == 0) host.attributes["zone"] = {"z" + std::to_string(dice_.below(2))};
    if (dice_.below(8) == 0) host.attributes["dedicated"] = {"www/db"};
    if (dice_.below(3) == 0) host.mode = EnumNames<MaintenanceMode>::values[dice_.below(4)].value;
    host.capacity.cpus = static_cast<double>(2 + dice_.below(3));
    host.capacity.ram_mb = 1024;
    // Hosts never lose what they have promised.
    const auto known = naive_.hosts().find(host.id);
    if (known != naive_.hosts().end()) host.capacity = known->second.capacity;
    return host;
  }
  void change_something() {
    const HostId some("h" + std::to_string(dice_.below(9)));
    switch (dice_.below(5)) {
      case 0:
      case 1: {
        const Host host = some_host();
        if (!naive_.hosts().contains(host.id)) positions_.push_back(host.id);
        return apply({HostSaved{host}, HostSeen{host.id, "s", 1, decider_.clock.now(), dice_.below(8) == 0}});
      }
      case 2:
        return apply({HostGone{some}});
      default: {
        const auto tasks = naive_.list_host_tasks(some);
        if (tasks.empty()) return;
        const Task& task = naive_.tasks().at(tasks[dice_.below(tasks.size())]);
        if (dice_.below(4) == 0) return apply({TaskDeleted{task.id, task.job(), task.instance_id}});
        const TaskEvent event{decider_.clock.now(), TaskStatus::Finished, std::nullopt, std::nullopt};
        return apply({TaskMoved{task.id, static_cast<int32_t>(task.events.size()), {event, {}, {}, {}, {}}}});
      }
    }
  }
  Constraint some_constraint() {
    const std::string name =
        std::vector<std::string>{"host", "rack", "zone", "dedicated", "gpu"}[dice_.below(5)];
    if (dice_.below(2) == 0) return {name, LimitConstraint{static_cast<int32_t>(dice_.below(4))}};
    const std::string value = std::vector<std::string>{"h1", "r1", "z1", "www/db", "yes"}[dice_.below(5)];
    return {name, ValueConstraint{dice_.below(2) == 0, {value, "r2"}}};
  }
  void add_tasks() {
    TaskConfig config = a_config("www/prod/job" + std::to_string(dice_.below(3)));
    config.priority = static_cast<int32_t>(dice_.below(3));
    config.resources.cpus = 0.25 * static_cast<double>(1 + dice_.below(12));
    config.resources.ram_mb = dice_.below(4) == 0 ? 2000 : 200;
    for (uint64_t i = 0, count = dice_.below(4); i < count; ++i)
      config.constraints.push_back(some_constraint());
    for (int i = 0; i < 3; ++i)
      apply({TaskSaved{a_task({.instance = instance_++, .config = config, .suffix = "a"})}});
  }

  ResourceTotals room_of(const Host& host) const {
    ResourceTotals room = host.capacity;
    for (const TaskId& id : naive_.list_host_tasks(host.id))
      room -= cost_on_host(*naive_.tasks().at(id).config);
    return room;
  }

  struct Said {  // of one reason
    Veto veto;
    int64_t hosts = 0;
    ResourceTotals room = {};  // where most of it is free
    HostId freest = {};
    std::set<std::string> values = {};
  };
  static std::string name_in(const std::string& reason) {
    const size_t colon = reason.find(": ");
    return colon == std::string::npos ? "" : reason.substr(colon + 2);
  }
  static double amount(const std::string& reason, const ResourceTotals& of) {
    return reason.ends_with("CPU") ? of.cpus : static_cast<double>(of.ram_mb);
  }
  static void note(Said& said, const Host& host, const ResourceTotals& room) {
    const std::string& reason = said.veto.reason;
    if (said.hosts++ == 0 || amount(reason, room) > amount(reason, said.room)) {
      said.room = room;
      said.freest = host.id;
    }
    const bool is_dedicated = said.veto.kind == VetoKind::Dedicated;
    if (said.veto.kind == VetoKind::Maintenance) said.values.insert(host.id.value());
    const auto values = host.attributes.find(is_dedicated ? "dedicated" : name_in(reason));
    if (values != host.attributes.end()) said.values.insert(values->second.begin(), values->second.end());
  }

  Survey survey(const TaskConfig& config) const {
    std::vector<Said> all;  // in the order in which reasons came
    Survey found;
    for (const HostId& id : positions_) {
      if (!naive_.is_connected(id)) continue;
      const Host& host = naive_.hosts().at(id);
      const ResourceTotals room = room_of(host);
      const auto vetoes = match({config, cost_on_host(config)}, {host, room}, LimitCounts(decider_.cluster));
      ++found.hosts;
      REQUIRE_FALSE(vetoes.empty());
      if (total_score(vetoes) < found.score) {
        found.score = total_score(vetoes);
        found.closest = join_reasons(vetoes);
      }
      for (const Veto& veto : vetoes) {
        auto said = std::ranges::find_if(all, [&](const Said& a) { return a.veto.reason == veto.reason; });
        if (said == all.end()) said = all.insert(said, Said{.veto = veto});
        note(*said, host, room);
      }
    }
    std::ranges::stable_sort(all, [](const Said& a, const Said& b) { return a.hosts > b.hosts; });
    for (const Said& said : all)
      found.vetoes.push_back({said.veto.reason, said.hosts, detail_of(said, config)});
    return found;
  }
  static std::string detail_of(const Said& said, const TaskConfig& config) {
    const std::string there = join(said.values, 5);
    const std::string name = name_in(said.veto.reason);
    const std::string unit = name == "CPU" ? "" : " MB";
    const ResourceTotals own = totals(config.resources);
    const ResourceTotals cost = cost_on_host(config);
    switch (said.veto.kind) {
      case VetoKind::Resources:
        return "asked " + number(amount(name, own)) + unit + " and " +
               number(amount(name, cost) - amount(name, own)) + unit + " for the executor, most free " +
               number(amount(name, said.room)) + unit + " on " + said.freest.value();
      case VetoKind::Maintenance:
        return there;
      case VetoKind::Reserved:
        return "for tasks that others had to go for: " + there;
      case VetoKind::Dedicated:
        return "for tasks with the constraint dedicated: " + there;
      case VetoKind::Limit:
        return wanted(config, name);
      case VetoKind::Constraint:
        return wanted(config, name) + "; " + (there.empty() ? "they have none" : "they have " + there);
    }
    return "";
  }
  static std::string wanted(const TaskConfig& config, const std::string& name) {
    for (const Constraint& constraint : config.constraints) {
      if (constraint.name != name) continue;
      if (const auto* limit = std::get_if<LimitConstraint>(&constraint.constraint))
        return "wanted at most " + std::to_string(limit->limit) + " of the job on each " + name;
      const auto& value = std::get<ValueConstraint>(constraint.constraint);
      return (value.negated ? "wanted any but " : "wanted ") + join(value.values, 100);
    }
    return "";
  }

  Rng dice_;
  Decider decider_;
  test::NaiveCluster naive_;
  std::vector<HostId> positions_;  // in the order in which they came
  std::set<ConfigHash> unplaced_;
  int32_t instance_ = 0;
};

TEST_CASE("reasons, counts and the closest host are those of a plain survey, after random histories",
          "[placement]") {
  size_t compared = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    History history(seed);
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      history.step();
      history.compare();
      compared += history.compared();
    }
  }
  CHECK(compared > 5'000);
}

}  // namespace
}  // namespace aurora::core
