// A configuration under which one host after the other falls silent is held back, so that it does not take
// down the next one as well.
//
// The evidence is durable: each host keeps the configurations that it was being given when it fell silent.
// Two hosts within an hour hold a configuration back. It is no evidence when the host had reported twice that
// the task runs, when the same executor is heard again (it only stood still), when another instance has been
// running for a minute elsewhere, or when three hosts or more, and at least half of them, fall silent at
// once: that is the network, or the power. A hold ends with the hour, with an update to another
// configuration, or when a user says so by a restart or a new create.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/decision/decision.h"

namespace aurora::core {

struct Hold {
  std::vector<HostId> hosts;  // two or more
  Instant until;
};
std::optional<Hold> find_hold(const Cluster& cluster, const TaskConfigRef& config, Instant now);
std::string to_sentence(const Hold& hold);  // with the next step

// The host is given up: its record with what it was being given, if anything. REQUIRES: it has a session.
void note_suspects(const Cluster& cluster, const HostId& host, const Context& context, Decision& decision);
// The executor's `session` reports again: it was not taken down by what it was given in it.
void clear_suspects(const Cluster& cluster, const std::string& session, Host& host);
// A user wants them tried again.
void release_holds(const Cluster& cluster, const std::set<ConfigHash>& configs, Decision& decision);

}  // namespace aurora::core
