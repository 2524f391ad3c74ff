#include "core/sla/sla_gate.h"

namespace aurora::core {
namespace {

// Another question is on its way to the coordinator.
constexpr Duration kBusyDelay = seconds(1);
// An answer that has not come by then, after the request's own timeout, is lost.
constexpr Duration kAnswerMargin = seconds(30);

SlaVerdict wait_for(std::string why, Instant again_at) {
  return {.kind = SlaVerdict::Kind::Coordinator, .again_at = again_at, .coordinator = std::move(why)};
}

}  // namespace

SlaGate::SlaGate(const Cluster& cluster, const Context& context, Decision& decision)
    : cluster_(cluster),
      context_(context),
      decision_(decision),
      budget_(cluster, context.settings.limits, context.now, decision) {}

SlaVerdict SlaGate::pass(const Task& task, const SlaPolicy& policy, const SlaTerms& terms) {
  const auto* coordinator = std::get_if<CoordinatorSlaPolicy>(&policy);
  return coordinator ? pass_coordinator(task, *coordinator, terms) : budget_.check(task, policy);
}

SlaVerdict SlaGate::pass_coordinator(const Task& task, const CoordinatorSlaPolicy& policy, const SlaTerms& terms) {
  const std::string& url = policy.coordinator_url;
  if (const CoordinatorSaid* said = cluster_.find_coordinator_answer(task.id); said != nullptr && said->url == url) {
    if (said->allowed && said->at == context_.now) return {};
    const Instant again_at = said->at + terms.retry_delay;
    if (!said->allowed && context_.now < again_at) return wait_for(said->text, again_at);
  }
  const Instant soon = context_.now + kBusyDelay;
  const CoordinatorAsked* busy = cluster_.find_coordinator(url);
  if (busy != nullptr && busy->until > context_.now) {
    const bool is_ours = busy->task_id == task.id;
    if (!is_ours) ++decision_.counts["sla_coordinator_lock_starvation"];
    return wait_for(is_ours ? "its coordinator " + url + " is being asked"
                            : "its coordinator " + url + " is being asked about another task",
                    is_ours ? busy->until : soon);
  }
  const size_t asked = cluster_.busy_coordinator_count(context_.now) + budget_.asked_count();
  const auto most = static_cast<size_t>(context_.settings.sla.max_parallel_coordinated_maintenance);
  if (budget_.has_asked(url) || asked >= most) {
    ++decision_.counts["sla_coordinator_lock_starvation"];
    return wait_for(std::to_string(asked) + " coordinators are being asked, its own comes later", soon);
  }
  ask(task, policy, terms);
  return wait_for("its coordinator " + url + " is being asked",
                  context_.now + context_.settings.sla.sla_coordinator_timeout + kAnswerMargin);
}

void SlaGate::ask(const Task& task, const CoordinatorSlaPolicy& policy, const SlaTerms& terms) {
  const Instant until = context_.now + context_.settings.sla.sla_coordinator_timeout + kAnswerMargin;
  ++decision_.counts["sla_coordinator_attempts"];
  decision_.changes.push_back(CoordinatorAsked{policy.coordinator_url, task.id, context_.now, until});
  decision_.effects.push_back(AskCoordinator{task.host, task.id, task.events.back().timestamp, policy.coordinator_url,
                                             policy.status_key, terms.countdown});
}

}  // namespace aurora::core
