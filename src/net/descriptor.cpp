#include "aurora/net/descriptor.h"

#include <unistd.h>

namespace aurora::net {

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

}  // namespace aurora::net
