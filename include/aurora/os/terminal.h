// Pseudo terminals: what a program with a person at it runs on.
#pragma once

#include <optional>

#include "aurora/os/files.h"
#include "aurora/os/users.h"

namespace aurora::os {

struct WindowSize {
  int rows = 24;
  int columns = 80;
};

struct Terminal {
  Fd master;  // of whoever shows it
  Fd slave;   // for SpawnRequest::terminal
};
// Both close-on-exec. `owner`: whose programs may open it by its name; absent: ours.
Result<Terminal> open_terminal(WindowSize size, const std::optional<User>& owner);
// The programs on it are told (SIGWINCH).
void set_window_size(const Fd& master, WindowSize size);
// The process group that reads from it now; 0: there is none.
int foreground_group(const Fd& master);

}  // namespace aurora::os
