// A forecast as people read it.
#pragma once

#include "aurora/client/console.h"
#include "aurora/scheduler/what_if.h"

namespace aurora {

void print_forecast(client::Console& console, const scheduler::Forecast& forecast);

}  // namespace aurora
