// A forecast as a page: one file with all that it shows, to be kept or sent to somebody. Pure.
#pragma once

#include <string>

#include "aurora/scheduler/what_if.h"

namespace aurora {

// `question`: what was asked, in the words of the command line. Lists and tables hold their first 5,000 entries and say
// how many there are.
std::string forecast_page(const std::string& question, const scheduler::Forecast& forecast);

}  // namespace aurora
