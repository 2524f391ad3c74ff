// The states of a task and of its processes on the host (spec/thermos-executor.md §3 to §5). Numbers are Thermos'.
#pragma once

#include "aurora/base/fields.h"

namespace aurora::core {

enum class ProcessState { Waiting = 0, Forked = 1, Running = 2, Success = 3, Killed = 4, Failed = 5, Lost = 6 };

// The task as its runner sees it: three stages, then one of four ends.
enum class RunState { Active = 0, Success = 1, Failed = 2, Killed = 3, Lost = 4, Cleaning = 5, Finalizing = 6 };

bool is_terminal(ProcessState state);  // Success, Killed, Failed, Lost
bool is_terminal(RunState state);      // Success, Failed, Killed, Lost
// The lifecycle table of one run (a new run starts as Waiting).
bool is_legal(ProcessState from, ProcessState to);

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::ProcessState> {
  using enum aurora::core::ProcessState;
  static constexpr std::array<EnumName<aurora::core::ProcessState>, 7> values{{{Waiting, "WAITING"},
                                                                               {Forked, "FORKED"},
                                                                               {Running, "RUNNING"},
                                                                               {Success, "SUCCESS"},
                                                                               {Killed, "KILLED"},
                                                                               {Failed, "FAILED"},
                                                                               {Lost, "LOST"}}};
};
template <>
struct aurora::EnumNames<aurora::core::RunState> {
  using enum aurora::core::RunState;
  static constexpr std::array<EnumName<aurora::core::RunState>, 7> values{{{Active, "ACTIVE"},
                                                                           {Success, "SUCCESS"},
                                                                           {Failed, "FAILED"},
                                                                           {Killed, "KILLED"},
                                                                           {Lost, "LOST"},
                                                                           {Cleaning, "CLEANING"},
                                                                           {Finalizing, "FINALIZING"}}};
};
