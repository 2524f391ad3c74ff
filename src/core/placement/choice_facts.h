// Why a task got its host, in words: who was asked and refused, and what it had waited for, nobody can find out later. Pure.
#pragma once

#include <map>
#include <string>

#include "aurora/core/cluster/cluster.h"
#include "core/placement/match.h"

namespace aurora::core {

enum class Choice { Walked, Drawn, CameBack, Kept };  // how the host was found

// Hosts with room that did not take a task of the group, for one kind of reason.
struct Refusals {
  int64_t hosts = 0;
  HostId first;
};

struct ChoiceFacts {
  Choice choice = Choice::Walked;
  const HostIndex& index;
  const std::map<VetoKind, Refusals>& refused;
  const PendingReason* waited = nullptr;  // for what; null: it did not wait
};
std::string to_sentence(const ChoiceFacts& facts);

}  // namespace aurora::core
