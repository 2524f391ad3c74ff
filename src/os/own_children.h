// Which of our children we started ourselves; the others are orphans that were given to us. Thread-safe.
#pragma once

#include <functional>

namespace aurora::os {

// Nobody takes the child for an orphan, not even before `start`, which returns its pid, has returned.
int note_child(const std::function<int()>& start);
void forget_child(int pid);  // it was reaped
void forget_children();      // in a copy of this process, which has none

}  // namespace aurora::os
