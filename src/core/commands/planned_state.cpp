#include "aurora/core/commands/planned_state.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "aurora/base/split.h"
#include "aurora/core/quota/consumption.h"
#include "core/job/canonical_bytes.h"
#include "core/placement/match.h"

namespace aurora::core {
namespace {

constexpr char kVersion[] = "1";
constexpr size_t kParts = 6;
constexpr size_t kBytesMax = 200;

enum Part { kOfRequest = 1, kOfJob, kOfUpdate, kOfQuota, kOfRoom };

// FNV-1a: who gains by two states that collide has made both.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash_ = (hash_ ^ 0xFF) * 0x100000001b3;  // where it ends
  }
  void add(int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) hash_ = (hash_ ^ (static_cast<uint64_t>(number) >> shift & 0xFF)) * 0x100000001b3;
  }
  std::string text() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (int shift = 44; shift >= 0; shift -= 4) text += kDigits[(hash_ ^ hash_ >> 48) >> shift & 0xF];
    return text;
  }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

std::string request_part(const PlannedRequest& request) {
  Fingerprint made;
  made.add(request.config.hash().value());
  made.add(int64_t{request.instance_count});
  made.add(int64_t{request.settings != nullptr});
  if (request.settings != nullptr) {
    CanonicalBytes bytes;
    bytes.add(*request.settings);
    made.add(bytes.bytes());
  }
  return made.text();
}

std::string job_part(const Cluster& cluster, const JobKey& job) {
  Fingerprint made;
  for (const Task* task : cluster.list_active(job)) {
    made.add(task->id.value());
    made.add(task->host.value());
    made.add(task->config.hash().value());
  }
  return made.text();
}

std::string update_part(const Cluster& cluster, const JobKey& job) {
  const JobUpdate* update = cluster.find_active_update(job);
  if (update == nullptr) return "0";
  Fingerprint made;
  made.add(update->key.id.value());
  made.add(static_cast<int64_t>(status_of(*update)));
  return made.text();
}

void add(Fingerprint& made, const QuotaUse& use) {
  made.add(use.micro_cpus);
  made.add(use.ram_mb);
  made.add(use.disk_mb);
}

std::string quota_part(const Cluster& cluster, const TaskConfig& config) {
  if (quota_class_of(config) != QuotaClass::ProdShared) return "0";
  Fingerprint made;
  add(made, use_of(cluster.quota_of(config.job.role)));
  add(made, use_of(consumption_of(cluster, config.job.role).prod_shared));
  return made.text();
}

int64_t times(double need, double has, int64_t most) {
  return need > 0 ? std::min(most, static_cast<int64_t>(std::floor(has / need + 1e-9))) : most;
}

// How many such tasks the room is enough for.
int64_t count_fitting(const ResourceTotals& need, const ResourceTotals& room, int64_t most) {
  int64_t fitting = times(need.cpus, room.cpus, most);
  fitting = times(need.revocable_cpus, room.revocable_cpus, fitting);
  const auto whole = [&](int64_t one, int64_t all) { fitting = one > 0 ? std::min(fitting, all / one) : fitting; };
  whole(need.ram_mb, room.ram_mb);
  whole(need.disk_mb, room.disk_mb);
  whole(need.gpus, room.gpus);
  whole(need.ports, room.ports);
  return std::max<int64_t>(fitting, 0);
}

std::string room_part(const Cluster& cluster, const PlannedRequest& request, const Context& context) {
  const HostIndex& index = cluster.host_index();
  const TaskNeed need{*request.config, cost_on_host(*request.config, context.settings.overhead)};
  const LimitCounts counts(cluster);
  int64_t left = request.instance_count;
  for (size_t at = index.find_room(need.cost, 0); at < index.size() && left > 0; at = index.find_room(need.cost, at + 1)) {
    const bool is_kept = is_kept_from(request.config.hash(), cluster, at, context.now);
    if (find_refusal(need, {index.host_at(at), index.room_at(at), index.is_open(at), is_kept}, counts)) continue;
    left -= count_fitting(need.cost, index.room_at(at), left);
  }
  return std::to_string(request.instance_count - left);
}

std::string describe_change(size_t part, const std::string& then, const std::string& now) {
  switch (part) {
    case kOfRequest:
      return "what is asked for is not what was planned";
    case kOfJob:
      return "the job's tasks have changed";
    case kOfUpdate:
      if (then == "0") return "an update of the job is under way that was not";
      return now == "0" ? "the update of the job that was under way is over" : "the job's update has changed";
    case kOfQuota:
      return "the quota of the role, or what of it is used, has changed";
    case kOfRoom:
      return "hosts had room for " + then + " more of its instances and have it for " + now;
    default:
      return "";
  }
}

bool is_state(const std::string& text, const std::vector<std::string>& parts) {
  const auto is_plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.'; };
  return text.size() <= kBytesMax && std::ranges::all_of(text, is_plain) && parts.size() == kParts && parts[0] == kVersion;
}

}  // namespace

std::string planned_state(const Cluster& cluster, const PlannedRequest& request, const Context& context) {
  const JobKey& job = request.config->job;
  return std::string(kVersion) + "." + request_part(request) + "." + job_part(cluster, job) + "." +
         update_part(cluster, job) + "." + quota_part(cluster, *request.config) + "." +
         room_part(cluster, request, context);
}

Status check_unchanged(const Cluster& cluster, const PlannedRequest& request, const std::string& since,
                       const Context& context) {
  if (since.empty()) return Unit{};
  const std::vector<std::string> then = split(since.substr(0, kBytesMax + 1), '.');
  if (!is_state(since, then)) {
    return Error{ErrorCode::InvalidArgument,
                 "'" + since.substr(0, 100) + "' is no state that this scheduler's plans name; take it from "
                 "'aurora job plan'"};
  }
  const std::string state = planned_state(cluster, request, context);
  if (state == since) return Unit{};
  const std::vector<std::string> now = split(state, '.');
  std::string changed;
  for (size_t part = 1; part < kParts; ++part) {
    if (then[part] != now[part]) changed += (changed.empty() ? "" : "; ") + describe_change(part, then[part], now[part]);
  }
  // Without details: by these a client knows the refusal for the sake of an update.
  return Error{ErrorCode::FailedPrecondition, "Since the plan was made for " + to_string(request.config->job) + ": " + changed +
                                                  ". Nothing was done; look at a new plan with 'aurora job plan'."};
}

}  // namespace aurora::core
