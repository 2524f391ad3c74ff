// What an executor may say about its host when it registers (spec/scheduler.md §1.9).
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/host/host.h"

namespace aurora::core {

// The record to keep: the given one, checked, with the attribute "host", the ports counted, and the
// maintenance mode of `known`, which only operators change.
Result<Host> accept_registration(Host host, const Host* known);

}  // namespace aurora::core
