#include "aurora/os/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

namespace aurora::os {

void fill_standard_files() {
  int file = 0;
  do {
    file = ::open("/dev/null", O_RDWR);  // the lowest that is free
  } while (file >= 0 && file <= STDERR_FILENO);
  if (file >= 0) ::close(file);
}

}  // namespace aurora::os
