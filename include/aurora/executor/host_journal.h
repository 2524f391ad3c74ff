// The host's durable records: one append-only file. A torn tail (the machine lost power while writing) is ignored.
// Used by the host loop's thread only. The simulation has its own on its simulated disk.
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
};

// Opens or creates the file; FailedPrecondition if another executor has it. Records of tasks that ended, were
// acknowledged and are older than a week are dropped when it is opened.
Result<std::unique_ptr<HostJournal>> open_host_journal(const std::string& path, Instant now);

// One record as bytes and back, without framing; also for the simulation's disk.
std::string encode_record(const core::HostRecord& record);
Result<core::HostRecord> decode_record(std::string_view bytes);

}  // namespace aurora::executor
