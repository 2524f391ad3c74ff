// What an executor may say about its host when it registers (spec/scheduler.md §1.9).
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/host/host.h"

namespace aurora::core {

// The record to keep: the given one, checked, with the attribute "host", the ports counted, and of `known`
// what executors do not say: the maintenance mode, the drain and its silences.
Result<Host> accept_registration(Host host, const Host* known);

}  // namespace aurora::core
