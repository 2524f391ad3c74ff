// The host's durable records: one append-only file. What is damaged in it is skipped, said and kept aside; only what
// nothing valid follows is a torn tail. Used by the host loop's thread only. The simulation has its own on its
// simulated disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/process/host_tasks.h"

namespace aurora::executor {

class HostJournal {
 public:
  virtual ~HostJournal() = default;
  // All on disk (synced) when it returns; after an error none of it counts.
  virtual Status append(const std::vector<core::HostRecord>& records) = 0;
  virtual Result<std::vector<core::HostRecord>> load() = 0;
  // More than half of it is of no use any more, and it is large enough to mind.
  virtual bool wants_compaction() const { return false; }
  // Replaces all that was written by these records, at once. After an error it is as before.
  virtual Status compact(const std::vector<core::HostRecord>& all) = 0;
};

// Opens or creates the file. FailedPrecondition if another executor has it or a newer aurora wrote it. Of a damaged one
// a copy stays as <path>.damaged-<ms since 1970>, of the latest five.
Result<std::unique_ptr<HostJournal>> open_host_journal(const std::string& path, Instant now);

// One record as bytes and back, without framing; also for the simulation's disk. FailedPrecondition: of a kind that
// only a newer aurora knows; DataLoss: damaged.
std::string encode_record(const core::HostRecord& record);
Result<core::HostRecord> decode_record(std::string_view bytes);

}  // namespace aurora::executor
