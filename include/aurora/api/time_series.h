// The last samples of figures, for graphs (Aurora 0.22, spec/scheduler.md §20, spec/api.md §8 /graphdata). Memory is bounded:
// kSeriesMax series of `samples_max` numbers of 8 bytes, one column each, which grow as there are samples: by default 29 MB
// at most, and about 8 MB with the figures that there are. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/figures.h"
#include "aurora/base/time.h"

namespace aurora::api {

inline constexpr size_t kSeriesMax = 1'000;

class TimeSeries {
 public:
  explicit TimeSeries(size_t samples_max);

  // Remembers all figures, and how fast those of timed sections grow: "<section>_events_per_sec" and
  // "<section>_nanos_total_per_sec". A series that begins later was 0 before; one that has ended is 0.
  void record(Instant at, const Figures& figures);
  Figures rates() const;           // those of the last record
  size_t left_out() const;         // figures that found no room
  std::vector<std::string> list_names() const;

  struct Samples {
    std::vector<int64_t> times_ms;               // oldest first
    std::vector<std::vector<double>> columns;    // one for each name
  };
  // Those after `since_ms`. nullopt: there is no series of that name, which goes to `unknown`.
  std::optional<Samples> read(const std::vector<std::string>& names, int64_t since_ms, std::string& unknown) const;

 private:
  void put(const std::string& name, double value);
  Figures find_rates(Instant at, const Figures& figures) const;

  const size_t samples_max_;
  mutable std::mutex mutex_;
  std::vector<int64_t> times_ms_;  // a ring once it is full, as every column
  size_t place_ = 0;               // of the last sample
  std::map<std::string, std::vector<double>, std::less<>> series_;
  Figures last_;   // as recorded
  Figures rates_;
  size_t left_out_ = 0;
};

}  // namespace aurora::api
