// What an update or a new job would do, before anybody starts it.
#include <atomic>
#include <memory>

#include "api/access.h"
#include "api/admission.h"
#include "api/config_differences.h"
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/read.h"
#include "api/routes.h"
#include "api/start_request.h"
#include "aurora/core/plan/plan.h"

namespace aurora::api {
namespace {

using core::Plan;
using core::PlanCopy;

// A plan takes a core for some tens of milliseconds; who comes third is asked to come again.
constexpr int kPlansAtOnce = 2;
constexpr int kTriesMax = 3;
constexpr size_t kGroupsCompared = 50;  // configurations that are replaced

using Running = std::shared_ptr<std::atomic<int>>;

class Place {  // among the plans that are being made
 public:
  explicit Place(Running running) : running_(std::move(running)), is_taken_(++*running_ <= kPlansAtOnce) {}
  ~Place() { --*running_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool is_taken() const { return is_taken_; }

 private:
  const Running running_;
  const bool is_taken_;
};

struct Copied {
  std::unique_ptr<PlanCopy> copy;
  scheduler::RoundNumber seen = 0;
};

// In short looks, each of which waits for the engine and lets it wait as other reads do.
Result<Copied> copy_for(const SchedulerServices& services, const core::TaskConfigRef& config, PlanCopy::Extent extent,
                        const net::Request& request) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    Copied made{std::make_unique<PlanCopy>(config, services.engine.settings(), extent), 0};
    for (bool has_more = true; has_more;) {
      if (request.is_abandoned()) return Error{ErrorCode::Unavailable, "nobody waits for the plan any more"};
      const auto look = services.engine.look([&](const core::Cluster& cluster) { return made.copy->look(cluster); });
      made.seen = std::max(made.seen, look.round);
      has_more = look.value;
    }
    const auto last = services.engine.look([&](const core::Cluster& cluster) { return made.copy->is_stale(cluster); });
    made.seen = std::max(made.seen, last.round);
    if (!last.value) return made;
  }
  return Error{ErrorCode::Unavailable,
               "Job " + to_string(config->job) + " changes faster than it can be planned for; ask again in a moment"};
}

struct Planned {
  Plan plan;
  scheduler::RoundNumber seen = 0;
};

Result<Planned> plan_for(const SchedulerServices& services, const core::TaskConfigRef& config,
                         const core::PlannedCommand& command, const net::Request& request) {
  const core::SchedulerSettings& settings = services.engine.settings();
  const Instant now = services.clock.now();
  Copied copied = TRY(copy_for(services, config, PlanCopy::Extent::JobAndHosts, request));
  Planned planned{TRY(make_plan(*copied.copy, command, now, settings)), copied.seen};
  if (wants_victims(planned.plan, settings)) {
    copied = TRY(copy_for(services, config, PlanCopy::Extent::WithVictims, request));
    planned = {TRY(make_plan(*copied.copy, command, now, settings)), std::max(planned.seen, copied.seen)};
  }
  if (now < services.engine.listens_until())
    planned.plan.notes.push_back("the scheduler has just started, and not all of its hosts have reported yet");
  return planned;
}

using codec::json::append_list;
using codec::json::ObjectWriter;

void write_group(std::string& out, const core::InstanceTaskConfig& group) {
  ObjectWriter json(out);
  json.add("instances", group.instances);
  json.add("configHash", group.task.hash());
  json.end();
}

void write_change(std::string& out, const core::InstanceTaskConfig& group, const core::TaskConfigRef& after, bool is_compared) {
  ObjectWriter json(out);
  json.add("instances", group.instances);
  json.add("configHash", group.task.hash());
  if (is_compared) json.add("differences", list_differences(*group.task, *after));
  json.end();
}

Result<net::Response> answer(const Plan& plan) {
  std::string text;
  ObjectWriter json(text);
  json.add("job", plan.job);
  json.add("state", plan.state);
  json.add("outcome", plan.outcome);
  json.add("end", plan.end);
  json.add("configHash", plan.config.hash());
  json.add("add", plan.add);
  size_t compared = 0;
  append_list(json.begin("change"), plan.change, [&](std::string& out, const core::InstanceTaskConfig& group) {
    write_change(out, group, plan.config, ++compared <= kGroupsCompared);
  });
  append_list(json.begin("remove"), plan.remove, write_group);
  append_list(json.begin("leave"), plan.leave, write_group);
  json.add("steps", plan.steps);
  json.add("notBegun", plan.not_begun);
  json.add("watchMs", plan.watch);
  json.add("otherWaitsMs", plan.other_waits);
  if (plan.quota) json.add("quota", *plan.quota);
  if (plan.refusal) {
    json.add("refusal", plan.refusal->message);
    json.add("refusalDetails", plan.refusal->details);
  }
  json.add("notes", plan.notes);
  json.end();
  if (text.size() <= kAnswerBytesMax) return json_answer(std::move(text));
  return Error{ErrorCode::ResourceExhausted, "the plan has more than " + std::to_string(kAnswerBytesMax) +
                                                 " bytes; plan fewer instances at a time"};
}

Result<net::Response> make(const SchedulerServices& services, const Running& running, const core::TaskConfigRef& config,
                           const core::PlannedCommand& command, const net::Request& request) {
  const Place place(running);
  if (!place.is_taken()) {
    return Error{ErrorCode::Unavailable, std::to_string(kPlansAtOnce) +
                                             " plans are being made; ask again in a moment"};
  }
  Result<Planned> planned = plan_for(services, config, command, request);
  if (!planned.ok()) return std::move(planned).error();
  Result<net::Response> response = answer(planned->plan);
  if (!response.ok()) return std::move(response).error();
  return hold(services, planned->seen, std::move(response).value());
}

Result<net::Response> plan_update(const SchedulerServices& services, const Running& running, const net::Request& request) {
  TRY(check_query(request, {}));
  StartRequest wanted = TRY(codec::decode_json<StartRequest>(request.body));
  const core::JobLimits& limits = services.engine.settings().limits;
  const core::JobUpdateRequest& asked = wanted.request;
  TRY(check_admission(asked.task_config.job, asked.task_config));
  TRY(check_instance_count(asked.instance_count, limits));
  const core::TaskConfigRef config(TRY(validate(asked.task_config, asked.instance_count, limits)));
  const core::StartUpdate command{std::move(wanted.request), std::move(wanted.message), user_of(request)};
  return make(services, running, config, command, request);
}

Result<net::Response> plan_job(const SchedulerServices& services, const Running& running, const net::Request& request) {
  TRY(check_query(request, {}));
  core::CreateJob command{TRY(codec::decode_json<core::JobConfiguration>(request.body)), user_of(request)};
  TRY(check_admission(command.job.key, command.job.task_config));
  const core::JobConfiguration job = TRY(validate(command.job, services.engine.settings().limits));
  const core::TaskConfigRef config(job.task_config);
  return make(services, running, config, command, request);
}

}  // namespace

std::vector<net::Route> plan_routes(const SchedulerServices& services) {
  const auto running = std::make_shared<std::atomic<int>>(0);
  const auto bind = [&](auto handler) {
    return [services, running, handler](const net::Request& request) { return handler(services, running, request); };
  };
  return {with_body(make_route("POST", "/v1/updates:plan", bind(plan_update)), kConfigBytesMax),
          with_body(make_route("POST", "/v1/jobs:plan", bind(plan_job)), kConfigBytesMax)};
}

}  // namespace aurora::api
