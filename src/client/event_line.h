// An event of the scheduler as a line for people. Pure.
#pragma once

#include <string>

#include "aurora/client/console.h"
#include "aurora/codec/json_value.h"

namespace aurora::client {

// "2026-11-30 14:03:22.123Z  task    www/prod/web/0  PENDING -> ASSIGNED on h1: message (reason)"
std::string event_line(const codec::JsonValue& event);
Tone tone_of_event(const codec::JsonValue& event);

}  // namespace aurora::client
