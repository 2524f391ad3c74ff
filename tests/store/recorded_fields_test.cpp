// Nothing is forgotten in a recording: of each struct that it holds, every member is visited by fields(), and every command
// and change has a name there. A struct's members are counted by how many values it can be made of.
#include "aurora/store/recorded_fields.h"

#include <catch2/catch.hpp>

#include "aurora/codec/json_fields.h"
#include "store/recorded_change.h"
#include "store/recorded_progress.h"

namespace aurora::store {
namespace {

using namespace core;

struct Anything {
  template <typename T>
  operator T() const;
};

template <typename T, size_t... I>
constexpr bool can_take(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything())...}; };
}

template <typename T, size_t N = 1>
constexpr size_t member_count() {
  if constexpr (can_take<T>(std::make_index_sequence<N>())) {
    return member_count<T, N + 1>();
  } else {
    return N - 1;
  }
}

template <typename T>
size_t visited_count() {
  T value{};
  size_t count = 0;
  fields(value, [&](std::string_view, auto&) { ++count; });
  return count;
}

// Members that are left out on purpose.
template <typename T>
constexpr size_t kLeftOut = 0;
template <>
constexpr size_t kLeftOut<PendingReason> = 1;  // host_version: of this process
template <>
constexpr size_t kLeftOut<CronSettings> = 1;  // zones: the machine's

template <typename T>
void check_members() {
  INFO(typeid(T).name());
  CHECK(visited_count<T>() + kLeftOut<T> == member_count<T>());
}

template <typename V, size_t I = 0>
void check_cases() {
  if constexpr (I < std::variant_size_v<V>) {
    using Case = std::variant_alternative_t<I, V>;
    if constexpr (HasFields<Case> && std::is_aggregate_v<Case>) check_members<Case>();
    check_cases<V, I + 1>();
  }
}

TEST_CASE("every member of what is recorded is recorded") {
  check_cases<Command>();
  check_cases<Change>();
  check_members<InstanceKey>();
  check_members<RequestMark>();
  check_members<DrainHosts::Terms>();
  check_members<TaskReport>();
  check_members<Task>();
  check_members<TaskEvent>();
  check_members<TaskMove>();
  check_members<Host>();
  check_members<PendingReason>();
  check_members<DrainProgress>();
  check_members<UnknownTask>();
  check_members<SlaWait>();
}

TEST_CASE("every setting on which decisions depend is recorded") {
  check_members<SchedulerSettings>();
  check_members<Tier>();
  check_members<JobLimits>();
  check_members<TaskTiming>();
  check_members<SlaTiming>();
  check_members<ExecutorOverhead>();
  check_members<CronSettings>();
  check_members<OfferOrder>();
  check_members<PreemptionSettings>();
  check_members<UpdateAffinity>();
}

TEST_CASE("an update's progress is recorded whole") {
  CHECK(member_count<UpdateProgress>() == 11);  // to_recorded() and to_change() name them one by one
}

TEST_CASE("every command has a name of its own in a recording") {
  const std::set<std::string_view> names(UnionNames<Command>::values.begin(), UnionNames<Command>::values.end());
  CHECK(names.size() == std::variant_size_v<Command>);
  CHECK_FALSE(names.contains(""));
}

template <size_t I = 0>
void check_change_names() {
  if constexpr (I < std::variant_size_v<Change>) {
    using Case = std::variant_alternative_t<I, Change>;
    // A snapshot, too, does without these: who is seen, released or was checked is seen by what is there.
    constexpr bool is_needless = std::same_as<Case, HostChecked> || std::same_as<Case, HostReleased> || std::same_as<Case, InstanceReleased>;
    Change change = Case{};
    if (auto* saved = std::get_if<TaskSaved>(&change)) saved->task.config = TaskConfigRef(TaskConfig());
    INFO(typeid(Case).name());
    CHECK(encode_recorded(change).empty() == is_needless);
    check_change_names<I + 1>();
  }
}

TEST_CASE("every change that a snapshot needs has its form in a recording") { check_change_names(); }

}  // namespace
}  // namespace aurora::store
