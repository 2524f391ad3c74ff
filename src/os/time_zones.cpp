#include "aurora/os/time_zones.h"

#include <absl/time/internal/cctz/include/cctz/zone_info_source.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "aurora/base/assets.h"
#include "aurora/os/files.h"

namespace aurora::os {
namespace {

namespace cctz = absl::time_internal::cctz;

constexpr size_t kNameMax = 64;
constexpr size_t kFileBytesMax = 65'536;  // the longest of tzdata have 4,000

// What the next absl::LoadTimeZone() of this thread reads: absl asks a function without arguments of ours for the file.
thread_local std::string_view bytes_to_load;

class Bytes final : public cctz::ZoneInfoSource {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  std::size_t Read(void* to, std::size_t size) override {
    const std::size_t count = std::min(size, rest_.size());
    std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }
  int Skip(std::size_t offset) override {
    rest_.remove_prefix(std::min(offset, rest_.size()));
    return 0;
  }

 private:
  std::string_view rest_;
};

// absl remembers each name for ever, unknown ones, too: so `key` is only ever that of a file which is there.
std::optional<absl::TimeZone> load(const std::string& key, std::string_view bytes) {
  if (!bytes.starts_with("TZif")) return std::nullopt;
  bytes_to_load = bytes;
  absl::TimeZone zone;
  const bool is_loaded = absl::LoadTimeZone(key, &zone);
  bytes_to_load = {};
  if (!is_loaded) return std::nullopt;
  return zone;
}

// Of tzdata's files, none of whose names leads out of their folder.
bool is_zone_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, is_allowed) && !name.starts_with('/') &&
         !name.ends_with('/') && name.find("//") == std::string::npos;
}

class KnownZone final : public TimeZone {
 public:
  explicit KnownZone(absl::TimeZone zone) : zone_(zone) {}

  Stretch stretch_at(Instant moment) const override {
    const absl::Time time = absl::FromUnixMillis(moment.ms);
    Stretch stretch{seconds(zone_.At(time).offset), {std::numeric_limits<int64_t>::min()},
                    {std::numeric_limits<int64_t>::max()}};
    absl::TimeZone::CivilTransition change;  // looked for in whole seconds
    if (zone_.NextTransition(time, &change)) stretch.until = moment_of(change);
    if (zone_.PrevTransition(time + absl::Seconds(1), &change)) stretch.since = moment_of(change);
    return stretch;
  }

 private:
  Instant moment_of(const absl::TimeZone::CivilTransition& change) const {
    return {absl::ToUnixMillis(zone_.At(change.to).trans)};
  }

  absl::TimeZone zone_;
};

class MachineZones final : public TimeZones {
 public:
  explicit MachineZones(std::string folder) : folder_(std::move(folder)) {}

  const TimeZone* find(const std::string& name) const override {
    if (!is_zone_name(name)) return nullptr;
    const std::lock_guard lock(mutex_);
    if (const auto known = zones_.find(name); known != zones_.end()) return &known->second;
    const std::optional<absl::TimeZone> zone = read(name);
    return zone ? &zones_.try_emplace(name, *zone).first->second : nullptr;
  }

 private:
  std::optional<absl::TimeZone> read(const std::string& name) const {
    const auto own = read_file(folder_ + "/" + name, kFileBytesMax);
    if (own.ok()) {
      if (auto zone = load(folder_ + "|" + name, *own)) return zone;
    }
    const auto embedded = find_asset("zoneinfo/" + name);
    return embedded ? load("|" + name, embedded->bytes) : std::nullopt;
  }

  std::string folder_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, KnownZone> zones_;  // as many as there are files
};

}  // namespace

std::shared_ptr<const TimeZones> time_zones(const std::string& folder) {
  return std::make_shared<const MachineZones>(folder);
}

}  // namespace aurora::os

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace time_internal::cctz_extension {
namespace {

std::unique_ptr<cctz::ZoneInfoSource> take_bytes(
    const std::string&, const std::function<std::unique_ptr<cctz::ZoneInfoSource>(const std::string&)>&) {
  return std::make_unique<aurora::os::Bytes>(aurora::os::bytes_to_load);
}

}  // namespace

ZoneInfoSourceFactory zone_info_source_factory = take_bytes;

}  // namespace time_internal::cctz_extension
ABSL_NAMESPACE_END
}  // namespace absl
