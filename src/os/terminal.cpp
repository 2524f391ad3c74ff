#include "aurora/os/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace aurora::os {

Result<Terminal> open_terminal(WindowSize size, const std::optional<User>& owner) {
  Terminal terminal{Fd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)), {}};
  if (!terminal.master.is_open()) return system_error("cannot open", "/dev/ptmx");
  const int master = terminal.master.get();
  int locked = 0;
  if (::ioctl(master, TIOCSPTLCK, &locked) != 0) return system_error("cannot unlock", "/dev/ptmx");
  // Not by its name, which another mount namespace may give to another terminal.
  terminal.slave = Fd(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.slave.is_open()) return system_error("cannot open the other end of", "/dev/ptmx");
  if (owner && ::fchown(terminal.slave.get(), static_cast<uid_t>(owner->uid), static_cast<gid_t>(-1)) != 0)
    return system_error("cannot give a terminal to", owner->name);
  set_window_size(terminal.master, size);
  return terminal;
}

void set_window_size(const Fd& master, WindowSize size) {
  winsize wanted{};
  wanted.ws_row = static_cast<unsigned short>(size.rows);
  wanted.ws_col = static_cast<unsigned short>(size.columns);
  ::ioctl(master.get(), TIOCSWINSZ, &wanted);
}

int foreground_group(const Fd& master) {
  pid_t group = 0;
  return ::ioctl(master.get(), TIOCGPGRP, &group) == 0 ? group : 0;
}

}  // namespace aurora::os
