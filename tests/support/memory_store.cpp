#include "support/memory_store.h"

#include "aurora/codec/proto.h"

namespace aurora::test {

Status MemoryStore::commit(const std::vector<core::Change>& changes) {
  std::vector<std::string> records;
  for (const core::Change& change : changes) {
    if (is_durable(change)) records.push_back(codec::encode_change(change));
  }
  if (records.empty()) return Unit{};
  return log_.append(records);
}

Status MemoryStore::load(const Take& take) {
  const auto batches = TRY(log_.load());
  for (const auto& batch : batches) {
    for (const std::string& record : batch) take(TRY(codec::decode_change(record)));
  }
  return Unit{};
}

}  // namespace aurora::test
