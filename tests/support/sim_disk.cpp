#include "support/sim_disk.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace aurora::test {
namespace {

void append_number(std::string& out, uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::optional<uint32_t> take_number(std::string_view& bytes) {
  uint32_t value = 0;
  if (bytes.size() < sizeof(value)) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return value;
}

std::optional<std::string_view> take(std::string_view& bytes, size_t size) {
  if (bytes.size() < size) return std::nullopt;
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

uint32_t checksum(std::string_view bytes) {  // FNV-1a
  uint32_t sum = 2166136261u;
  for (const char c : bytes) sum = (sum ^ static_cast<uint8_t>(c)) * 16777619u;
  return sum;
}

std::optional<std::vector<std::string>> take_batch(std::string_view& bytes) {
  const auto size = take_number(bytes);
  const auto sum = take_number(bytes);
  if (!size || !sum) return std::nullopt;
  auto body = take(bytes, *size);
  if (!body || checksum(*body) != *sum) return std::nullopt;
  std::vector<std::string> records;
  while (!body->empty()) {
    const auto length = take_number(*body);
    const auto record = take(*body, length.value_or(0));
    if (!length || !record) return std::nullopt;
    records.emplace_back(*record);
  }
  return records;
}

}  // namespace

Status SimDisk::sync() {
  const auto asked = before_sync;  // it may replace itself
  if (asked) TRY(asked());
  if (!ignores_syncs) durable_ = bytes_.size();
  return Unit{};
}

void SimDisk::truncate(size_t size) {
  bytes_.resize(std::min(size, bytes_.size()));
  durable_ = std::min(durable_, bytes_.size());
}

void SimDisk::lose_power(Rng& rng) {
  truncate(durable_ + rng.below(bytes_.size() - durable_ + 1));
  durable_ = bytes_.size();
}

Status BatchLog::append(const std::vector<std::string>& records) {
  std::string body;
  for (const std::string& record : records) {
    append_number(body, static_cast<uint32_t>(record.size()));
    body += record;
  }
  std::string framed;
  append_number(framed, static_cast<uint32_t>(body.size()));
  append_number(framed, checksum(body));
  disk_.append(framed + body);
  return disk_.sync();
}

Result<std::vector<std::vector<std::string>>> BatchLog::load() {
  std::vector<std::vector<std::string>> batches;
  std::string_view rest = disk_.bytes();
  size_t whole = 0;
  while (auto batch = take_batch(rest)) {
    batches.push_back(std::move(*batch));
    whole = disk_.bytes().size() - rest.size();
  }
  disk_.truncate(whole);
  TRY(disk_.sync());
  return batches;
}

}  // namespace aurora::test
