#include "aurora/core/process/states.h"

namespace aurora::core {

bool is_terminal(ProcessState state) {
  switch (state) {
    case ProcessState::Waiting:
    case ProcessState::Forked:
    case ProcessState::Running:
      return false;
    case ProcessState::Success:
    case ProcessState::Killed:
    case ProcessState::Failed:
    case ProcessState::Lost:
      return true;
  }
  return true;
}

bool is_terminal(RunState state) {
  switch (state) {
    case RunState::Active:
    case RunState::Cleaning:
    case RunState::Finalizing:
      return false;
    case RunState::Success:
    case RunState::Failed:
    case RunState::Killed:
    case RunState::Lost:
      return true;
  }
  return true;
}

namespace {

struct Move {
  ProcessState from;
  ProcessState to;
};
using enum ProcessState;
// Forked -> Failed is ours: the program could not be executed. Thermos waited 60 s and called it lost.
constexpr Move kMoves[] = {
    {Waiting, Forked},  {Waiting, Failed}, {Forked, Running},  {Forked, Failed},  {Forked, Killed},
    {Forked, Lost},     {Running, Success}, {Running, Failed}, {Running, Killed}, {Running, Lost},
};

}  // namespace

bool is_legal(ProcessState from, ProcessState to) {
  for (const Move& move : kMoves) {
    if (move.from == from && move.to == to) return true;
  }
  return false;
}

}  // namespace aurora::core
