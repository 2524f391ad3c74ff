// A recording gone through again: the cluster as it was, and every command decided once more and compared with what was
// decided then. Where the two differ, what was recorded counts, so that one difference does not make others. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/store/recording.h"

namespace aurora::scheduler {

struct ReplayDifference {
  int64_t round = 0;
  Instant at;
  std::string command;   // as it is in the recording
  std::string recorded;  // the first change, or the error, that differs; empty: there was none
  std::string decided;
};
void fields(Is<ReplayDifference> auto& d, auto&& visit) {
  visit("round", d.round);
  visit("at", d.at);
  visit("command", d.command);
  visit("recorded", d.recorded);
  visit("decided", d.decided);
}
constexpr size_t kDifferencesKept = 100;

struct ReplayReport {
  std::string cluster_id;
  Instant from;  // the first file's beginning
  Instant to;    // the last round that was replayed; `from` before any
  int64_t rounds = 0;
  int64_t commands = 0;
  int64_t difference_count = 0;
  std::vector<ReplayDifference> differences;  // the first ones
  std::vector<std::string> remarks;           // gaps, new beginnings, a recording that was cut off
};
void fields(Is<ReplayReport> auto& r, auto&& visit) {
  visit("clusterId", r.cluster_id);
  visit("from", r.from);
  visit("to", r.to);
  visit("rounds", r.rounds);
  visit("commands", r.commands);
  visit("differenceCount", r.difference_count);
  visit("differences", r.differences);
  visit("remarks", r.remarks);
}

class Replay {
 public:
  explicit Replay(std::shared_ptr<const TimeZones> zones) : zones_(std::move(zones)) {}

  // Up to the last round that was not after `until`, or to the end. Errors are the reader's.
  Status run(store::RecordingReader& reader, std::optional<Instant> until);
  const ReplayReport& report() const { return report_; }
  // REQUIRES: run() has succeeded.
  const core::Cluster& cluster() const { return *cluster_; }
  const core::SchedulerSettings& settings() const { return head_.settings; }

 private:
  void begin(store::RecordingReader::Snapshot snapshot);
  void replay(const store::RecordedRound& round);
  void replay(const store::RecordedRound& round, const store::RecordedDecision& recorded);
  void note_difference(const store::RecordedRound& round, const store::RecordedDecision& recorded, const std::string& was,
                       const std::string& is);

  const std::shared_ptr<const TimeZones> zones_;
  store::RecordingHead head_;
  SharedText scheduler_host_;
  std::unique_ptr<core::Cluster> cluster_;
  uint64_t last_round_ = 0;
  bool is_behind_gap_ = false;
  ReplayReport report_;
};

}  // namespace aurora::scheduler
