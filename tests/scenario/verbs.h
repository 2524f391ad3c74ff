// What a step of a scenario may say.
#pragma once

#include "scenario/script.h"
#include "scenario/stage.h"

namespace aurora::scenario {

// Performs the command on the stage; returns what the one who asked is told, if anything. An unknown verb or
// a command that makes no sense is an error in the scenario and is told too.
std::string perform(Stage& stage, const Arguments& arguments);

// Every verb with its usage, one per line.
std::string usage();

}  // namespace aurora::scenario
