#include "core/placement/choice_facts.h"

namespace aurora::core {
namespace {

std::string_view words_for(VetoKind kind) {
  switch (kind) {
    case VetoKind::Dedicated:
      return "dedicated to others";
    case VetoKind::Maintenance:
      return "in maintenance";
    case VetoKind::Reserved:
      return "kept for others";
    case VetoKind::Constraint:
      return "a constraint is not met";
    case VetoKind::Limit:
      return "a limit constraint is reached";
    case VetoKind::Resources:
      return "not enough resources";
  }
  return "";
}

std::string how_chosen(const ChoiceFacts& facts) {
  const OfferOrder& order = facts.index.order();
  switch (facts.choice) {
    case Choice::Walked:
      if (!order.keys.empty()) return "the first with room in the order of --offer_order";
      return "the next with room of " + std::to_string(facts.index.size()) + " hosts, from one drawn by lot on";
    case Choice::Drawn:
      return "of some drawn by lot, the host with the fewest tasks of its job by " + order.spread_over;
    case Choice::CameBack:
      return "it came back to the host of the run before it, which was kept for it";
    case Choice::Kept:
      return "the host was kept for it: others had to go for tasks of its configuration";
  }
  return "";
}

}  // namespace

std::string to_sentence(const ChoiceFacts& facts) {
  std::string text = how_chosen(facts);
  for (const auto& [kind, refused] : facts.refused) {
    text += "; " + std::to_string(refused.hosts) + (refused.hosts == 1 ? " host with room" : " hosts with room") +
            " refused first: " + std::string(words_for(kind)) + " (" + (refused.hosts > 1 ? "first " : "") +
            refused.first.value() + ")";
  }
  if (facts.waited != nullptr) text += "; before, it had waited: " + to_sentence(*facts.waited);
  return text;
}

}  // namespace aurora::core
