// Makes a libFuzzer program of the target AURORA_FUZZ_TARGET.
#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  aurora::fuzz::AURORA_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
