#include "aurora/core/job/task_config.h"

#include <algorithm>
#include <tuple>

#include "aurora/base/sha256.h"
#include "core/job/canonical_bytes.h"

namespace aurora::core {
namespace {

std::string bytes_of(const Constraint& constraint) {
  CanonicalBytes bytes;
  bytes.add(constraint);
  return bytes.bytes();
}

bool by_name_then_value(const Constraint& a, const Constraint& b) {
  if (a.name != b.name) return a.name < b.name;
  return bytes_of(a) < bytes_of(b);
}

bool by_value(const FetcherUri& a, const FetcherUri& b) {
  return std::tie(a.value, a.output_file, a.extract, a.cache) <
         std::tie(b.value, b.output_file, b.extract, b.cache);
}

ConfigHash hash_of_canonical(const TaskConfig& config) {
  CanonicalBytes canonical;
  canonical.add(config);
  constexpr char kDigits[] = "0123456789abcdef";
  const auto digest = sha256(canonical.bytes());
  std::string hex;
  for (size_t i = 0; i < 16; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 0xf];
  }
  return ConfigHash(std::move(hex));
}

}  // namespace

void make_canonical(TaskConfig& config) {
  std::sort(config.constraints.begin(), config.constraints.end(), by_name_then_value);
  std::sort(config.mesos_fetcher_uris.begin(), config.mesos_fetcher_uris.end(), by_value);
  std::sort(config.metadata.begin(), config.metadata.end());
}

ConfigHash hash_of(const TaskConfig& config) {
  TaskConfig sorted = config;
  make_canonical(sorted);
  return hash_of_canonical(sorted);
}

TaskConfigRef::TaskConfigRef(TaskConfig config) {
  make_canonical(config);
  ConfigHash hash = hash_of_canonical(config);
  held_ = std::make_shared<const Held>(Held{std::move(config), std::move(hash)});
}

}  // namespace aurora::core
