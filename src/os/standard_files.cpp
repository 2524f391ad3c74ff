#include "aurora/os/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

namespace aurora::os {

void fill_standard_files() {
  for (;;) {
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);  // the lowest that is free
    if (file < 0) return;
    ::close(file);
    if (file > STDERR_FILENO) return;
    ::open("/dev/null", file == STDOUT_FILENO ? O_RDONLY : O_RDWR);
  }
}

}  // namespace aurora::os
