#include "client/plan_text.h"

#include <algorithm>
#include <map>
#include <set>

#include "aurora/base/printable.h"
#include "aurora/client/session.h"
#include "aurora/core/job/job.h"
#include "client/amounts.h"
#include "client/text_table.h"

namespace aurora::client {
namespace {

using codec::JsonValue;

constexpr size_t kHostsNamed = 3;  // of a step
constexpr size_t kDifferencesShown = 20;
constexpr size_t kVictimsShown = 10;

const JsonValue& member(const JsonValue& value, const char* name) {
  static const JsonValue none;
  const JsonValue* found = value.find(name);
  return found == nullptr ? none : *found;
}

std::vector<core::InstanceRange> ranges_of(const JsonValue& list) {
  std::vector<core::InstanceRange> ranges;
  for (const JsonValue& range : list.items()) {
    ranges.push_back({static_cast<int32_t>(range.int_or("first", 0)), static_cast<int32_t>(range.int_or("last", 0))});
  }
  return ranges;
}

int64_t count(const std::vector<core::InstanceRange>& ranges) {
  int64_t sum = 0;
  for (const core::InstanceRange& range : ranges) sum += int64_t{range.last} - range.first + 1;
  return sum;
}

// "instances 0-5, 7"
std::string instances_text(const std::vector<core::InstanceRange>& ranges) {
  std::string text;
  for (const core::InstanceRange& range : ranges) {
    text += (text.empty() ? "" : ", ") + std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return (count(ranges) == 1 ? "instance " : "instances ") + text;
}

// Ranges that touch become one.
std::vector<core::InstanceRange> joined(std::vector<core::InstanceRange> ranges) {
  std::ranges::sort(ranges);
  std::vector<core::InstanceRange> all;
  for (const core::InstanceRange& range : ranges) {
    if (!all.empty() && range.first <= all.back().last + 1) {
      all.back().last = std::max(all.back().last, range.last);
    } else {
      all.push_back(range);
    }
  }
  return all;
}

std::string task_name(const JsonValue& victim) {
  const JsonValue& job = member(victim, "job");
  return job.string_or("role", "") + "/" + job.string_or("environment", "") + "/" + job.string_or("name", "") + "/" +
         std::to_string(victim.int_or("instanceId", 0));
}

std::string amount_text(const JsonValue& amount) {
  return format_cores(amount.double_or("cpus", 0)) + " CPU, " + std::to_string(amount.int_or("ramMb", 0)) + " MB RAM, " +
         std::to_string(amount.int_or("diskMb", 0)) + " MB disk";
}

std::string after_text(int64_t ms) { return ms == 0 ? "at once" : "after " + to_shown_duration(milliseconds(ms)); }

// What a step does, and what makes it a step of its own.
struct Step {
  int64_t begins_ms = 0;
  std::map<std::string, std::vector<core::InstanceRange>> actions;  // "change" and the like
  std::set<std::string> hosts;
  const JsonValue* source = nullptr;

  bool is_plain() const {
    return member(*source, "victims").items().empty() && member(*source, "waiting").items().empty() &&
           member(*source, "notes").items().empty();
  }
};

Step read_step(const JsonValue& source) {
  Step step;
  step.begins_ms = source.int_or("beginsAfterMs", 0);
  step.source = &source;
  for (const char* action : {"add", "change", "remove"}) {
    auto ranges = ranges_of(member(source, action));
    if (!ranges.empty()) step.actions[action] = std::move(ranges);
  }
  for (const JsonValue& place : member(source, "places").items()) step.hosts.insert(place.string_or("host", ""));
  return step;
}

bool has_same_actions(const Step& a, const Step& b) {
  return std::ranges::equal(a.actions, b.actions, {}, [](const auto& action) { return action.first; },
                            [](const auto& action) { return action.first; });
}

class PlanText {
 public:
  PlanText(const JsonValue& plan, std::string name, size_t width)
      : plan_(plan), name_(std::move(name)), width_(std::max<size_t>(width, 40)) {}

  std::vector<PlanLine> lines() {
    add_changes();
    add_steps();
    add_end();
    return std::move(lines_);
  }

 private:
  // With what is broken off indented below.
  void add(size_t indent, const std::string& text, Tone tone = Tone::Plain) {
    const std::vector<std::string> parts = broken(printable_line(text), width_ - indent - 2);
    for (size_t i = 0; i < parts.size(); ++i) lines_.push_back({std::string(indent + (i == 0 ? 0 : 2), ' ') + parts[i], tone});
  }

  void add_changes() {
    if (plan_.string_or("outcome", "") == "NOTHING") return add(0, name_ + " is as the file says: nothing to do.");
    add(0, "Plan for " + name_ + ":");
    if (const auto added = ranges_of(member(plan_, "add")); !added.empty())
      add(2, "+ add " + instances_text(added), Tone::Added);
    for (const JsonValue& group : member(plan_, "change").items()) {
      add(2, "~ change " + instances_text(ranges_of(member(group, "instances"))), Tone::Attention);
      add_differences(member(group, "differences"));
    }
    for (const JsonValue& group : member(plan_, "remove").items())
      add(2, "- remove " + instances_text(ranges_of(member(group, "instances"))), Tone::Removed);
    for (const JsonValue& group : member(plan_, "leave").items())
      add(2, "= leave " + instances_text(ranges_of(member(group, "instances"))), Tone::Faint);
  }

  void add_differences(const JsonValue& differences) {
    size_t shown = 0;
    for (const JsonValue& one : differences.items()) {
      if (shown++ == kDifferencesShown) {
        return add(6, "... and " + std::to_string(differences.items().size() - kDifferencesShown) + " more (--write-json)",
                   Tone::Faint);
      }
      const auto side = [&](const char* name) {
        const std::string text = one.string_or(name, "");
        return text.empty() ? std::string("nothing") : cut(text, 120);
      };
      add(6, one.string_or("path", "") + ": " + side("before") + " -> " + side("after"));
    }
  }

  void add_steps() {
    const JsonValue& steps = member(plan_, "steps");
    if (steps.items().empty()) return;
    add(0, "In this order:");
    std::vector<Step> all;
    for (const JsonValue& source : steps.items()) all.push_back(read_step(source));
    for (size_t at = 0; at < all.size();) {
      size_t end = at + 1;
      const bool may_join = all[at].is_plain();
      while (may_join && end < all.size() && all[end].is_plain() && has_same_actions(all[at], all[end])) ++end;
      add_group(all, at, end);
      at = end;
    }
  }

  void add_group(const std::vector<Step>& all, size_t begin, size_t end) {
    const Step& first = all[begin];
    std::map<std::string, std::vector<core::InstanceRange>> actions;
    std::set<std::string> hosts;
    for (size_t at = begin; at < end; ++at) {
      for (const auto& [action, ranges] : all[at].actions)
        actions[action].insert(actions[action].end(), ranges.begin(), ranges.end());
      hosts.insert(all[at].hosts.begin(), all[at].hosts.end());
    }
    std::string text = std::to_string(begin + 1);
    if (end - begin > 1) text += "-" + std::to_string(end);
    text += ". " + after_text(first.begins_ms);
    if (end - begin > 1) text += ", until " + to_shown_duration(milliseconds(all[end - 1].begins_ms));
    std::string what;
    for (auto& [action, ranges] : actions) what += (what.empty() ? ": " : "; ") + action + " " + instances_text(joined(std::move(ranges)));
    add(2, text + what + hosts_text(hosts));
    add_particulars(*first.source);
  }

  static std::string hosts_text(const std::set<std::string>& hosts) {
    std::string text;
    size_t named = 0;
    for (const std::string& host : hosts) {
      if (named++ == kHostsNamed) break;
      text += (text.empty() ? " on " : ", ") + host;
    }
    if (hosts.size() > kHostsNamed) text += " and " + std::to_string(hosts.size() - kHostsNamed) + " more hosts";
    return text;
  }

  void add_particulars(const JsonValue& step) {
    for (const JsonValue& note : member(step, "notes").items()) {
      if (const auto text = note.as_string(); text.ok()) add(6, "before it, " + *text, Tone::Attention);
    }
    size_t shown = 0;
    const JsonValue& victims = member(step, "victims");
    for (const JsonValue& victim : victims.items()) {
      if (shown++ == kVictimsShown) {
        add(6, "... and " + std::to_string(victims.items().size() - kVictimsShown) + " more are preempted", Tone::Attention);
        break;
      }
      const std::string to = victim.string_or("movesTo", "");
      add(6, "preempts " + task_name(victim) + " on " + victim.string_or("host", "") + " for instance " +
                 std::to_string(victim.int_or("inFavorOf", 0)) + (to.empty() ? ", which then waits" : ", which moves to " + to),
          Tone::Attention);
    }
    for (const JsonValue& wait : member(step, "waiting").items()) {
      const auto ranges = ranges_of(member(wait, "instances"));
      add(6, instances_text(ranges) + (count(ranges) == 1 ? " waits: " : " wait: ") + wait.string_or("reason", ""), Tone::Bad);
    }
  }

  void add_end() {
    const std::string refusal = plan_.string_or("refusal", "");
    if (!refusal.empty()) {
      add(0, "It would not begin: " + refusal, Tone::Bad);
      for (const JsonValue& detail : member(plan_, "refusalDetails").items())
        if (const auto text = detail.as_string(); text.ok()) add(2, *text);
    }
    if (const auto left = ranges_of(member(plan_, "notBegun")); !left.empty() && refusal.empty())
      add(0, "Not begun while others wait: " + instances_text(left), Tone::Bad);
    if (const int64_t watch = plan_.int_or("watchMs", 0); watch > 0)
      add(0, "Watch times alone take " + to_shown_duration(milliseconds(watch)) + ".");
    if (const int64_t waits = plan_.int_or("otherWaitsMs", 0); waits > 0)
      add(0, "Other waits, before tasks may preempt or policies allow: " + to_shown_duration(milliseconds(waits)) + ".");
    if (const JsonValue* quota = plan_.find("quota"))
      add(0, "Quota of " + quota->string_or("role", "") + " left afterwards: " + amount_text(member(*quota, "remaining")));
    for (const JsonValue& note : member(plan_, "notes").items()) {
      if (const auto text = note.as_string(); text.ok()) add(0, "Note: " + *text, Tone::Attention);
    }
    if (plan_.string_or("outcome", "") == "DOES_NOT_FIT") add(0, "It does not fit.", Tone::Bad);
    lines_.push_back({"State: " + printable_line(plan_.string_or("state", "")), Tone::Faint});
  }

  const JsonValue& plan_;
  const std::string name_;
  const size_t width_;
  std::vector<PlanLine> lines_;
};

}  // namespace

std::vector<PlanLine> to_lines(const codec::JsonValue& plan, const std::string& name, size_t width) {
  return PlanText(plan, name, width).lines();
}

}  // namespace aurora::client
