// A transition as the webhook of the original wrote it: Java objects, field by field (spec/scheduler.md §18). Pure.
#pragma once

#include <string>

#include "aurora/scheduler/transition_sink.h"

namespace aurora::api {

std::string webhook_body(const scheduler::TaskTransition& transition);

}  // namespace aurora::api
