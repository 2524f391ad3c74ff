// A Store on a SimDisk: keeps the bytes of changes, so that the codec is part of every test. Forgets with its
// disk.
#pragma once

#include "aurora/store/store.h"
#include "support/sim_disk.h"

namespace aurora::test {

class MemoryStore final : public store::Store {
 public:
  explicit MemoryStore(SimDisk& disk) : log_(disk) {}
  Status commit(const std::vector<core::Change>& changes) override;
  Status load(const Take& take) override;

 private:
  BatchLog log_;
};

}  // namespace aurora::test
