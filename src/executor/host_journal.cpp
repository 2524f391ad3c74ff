#include "aurora/executor/host_journal.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "aurora/base/log.h"
#include "aurora/os/files.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr Duration kKeptFor = hours(24 * 7);
constexpr int64_t kReservedBytes = 1 << 20;  // a full disk must not stop the executor from telling so

void add_summary(ByteWriter& out, const core::HostTaskSummary& summary) {
  out.add(summary.job.role);
  out.add(summary.job.environment);
  out.add(summary.job.name);
  out.add(summary.instance_id);
  out.add(summary.cpus);
  out.add(summary.ram_mb);
  out.add(summary.disk_mb);
  out.add(static_cast<uint32_t>(summary.ports.size()));
  for (const auto& [name, port] : summary.ports) {
    out.add(name);
    out.add(port);
  }
}

core::HostTaskSummary get_summary(ByteReader& in) {
  core::HostTaskSummary summary;
  summary.job.role = in.get_string();
  summary.job.environment = in.get_string();
  summary.job.name = in.get_string();
  summary.instance_id = in.get<int32_t>();
  summary.cpus = in.get<double>();
  summary.ram_mb = in.get<int64_t>();
  summary.disk_mb = in.get<int64_t>();
  for (uint32_t left = in.get_count(); left > 0; --left) {
    std::string name = in.get_string();
    summary.ports[std::move(name)] = in.get<int32_t>();
  }
  return summary;
}

void add_body(ByteWriter& out, const core::TaskAccepted& record) {
  out.add(record.at);
  add_summary(out, record.summary);
}
void add_body(ByteWriter& out, const core::KillAccepted& record) { out.add(record.at); }
void add_body(ByteWriter& out, const core::TaskEnded& record) {
  out.add(record.at);
  out.add(static_cast<int32_t>(record.status));
  out.add(record.message);
}
void add_body(ByteWriter&, const core::EndAcknowledged&) {}

const core::TaskId& task_of(const core::HostRecord& record) {
  return std::visit([](const auto& r) -> const core::TaskId& { return r.task_id; }, record);
}

// Drops what nobody will ask for again: tasks that ended, were acknowledged, and are older than a week.
std::vector<core::HostRecord> without_old(std::vector<core::HostRecord> records, Instant now) {
  std::set<core::TaskId> old;
  std::set<core::TaskId> acknowledged;
  for (const core::HostRecord& record : records) {
    if (const auto* ended = std::get_if<core::TaskEnded>(&record)) {
      if (ended->at + kKeptFor < now) old.insert(ended->task_id);
    } else if (std::holds_alternative<core::EndAcknowledged>(record)) {
      acknowledged.insert(task_of(record));
    }
  }
  std::erase_if(records, [&](const core::HostRecord& record) {
    return old.contains(task_of(record)) && acknowledged.contains(task_of(record));
  });
  return records;
}

class FileJournal final : public HostJournal {
 public:
  FileJournal(os::Fd file, os::Fd lock, std::vector<core::HostRecord> records)
      : file_(std::move(file)), lock_(std::move(lock)), records_(std::move(records)) {
    os::reserve(file_, kReservedBytes);
  }

  Status append(const std::vector<core::HostRecord>& records) override {
    if (records.empty()) return Unit{};
    std::string bytes;
    for (const core::HostRecord& record : records) bytes += frame(encode_record(record));
    TRY(os::append_all(file_, bytes));
    TRY(os::sync_data(file_));
    since_reserved_ += static_cast<int64_t>(bytes.size());
    if (since_reserved_ > kReservedBytes / 2) {
      os::reserve(file_, kReservedBytes);
      since_reserved_ = 0;
    }
    return Unit{};
  }
  Result<std::vector<core::HostRecord>> load() override { return std::exchange(records_, {}); }

 private:
  os::Fd file_;
  os::Fd lock_;  // of a file beside it: the journal itself is replaced when it is opened
  std::vector<core::HostRecord> records_;  // as found; given away by load()
  int64_t since_reserved_ = 0;
};

struct Found {
  std::vector<core::HostRecord> records;
  size_t good_bytes = 0;  // what follows is torn
  bool is_torn = false;
};
Result<Found> read_records(const std::string& path) {
  Found found;
  if (!os::exists(path)) return found;
  const std::string bytes = TRY(os::read_file(path, 1u << 30));
  const Frames frames = split_frames(bytes);
  found.good_bytes = frames.good_bytes;
  found.is_torn = frames.good_bytes < bytes.size();
  for (const std::string_view payload : frames.payloads) found.records.push_back(TRY(decode_record(payload)));
  return found;
}

// Whole and anew, so that a torn tail and old records are gone; the rename is what counts.
Status rewrite(const std::string& path, const std::vector<core::HostRecord>& records) {
  std::string bytes;
  for (const core::HostRecord& record : records) bytes += frame(encode_record(record));
  TRY(os::write_file(path + ".new", bytes, 0600));
  return os::replace_file(path + ".new", path);
}

}  // namespace

std::string encode_record(const core::HostRecord& record) {
  ByteWriter out;
  out.add(static_cast<uint8_t>(record.index()));
  out.add(task_of(record).value());
  std::visit([&](const auto& r) { add_body(out, r); }, record);
  return out.take();
}

Result<core::HostRecord> decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<uint8_t>();
  core::TaskId task_id(in.get_string());
  core::HostRecord record = core::EndAcknowledged{task_id};
  if (kind == 0) {
    core::TaskAccepted accepted{task_id, in.get_instant(), {}};
    accepted.summary = get_summary(in);
    record = std::move(accepted);
  } else if (kind == 1) {
    record = core::KillAccepted{task_id, in.get_instant()};
  } else if (kind == 2) {
    core::TaskEnded ended{task_id, in.get_instant(), core::TaskStatus::Lost, ""};
    ended.status = static_cast<core::TaskStatus>(in.get<int32_t>());
    ended.message = in.get_string();
    if (!is_terminal(ended.status))
      return Error{ErrorCode::DataLoss, "the host journal ends a task as not ended"};
    record = std::move(ended);
  }
  if (kind > 3 || !in.is_good()) return Error{ErrorCode::DataLoss, "the host journal has an unknown record"};
  return record;
}

Result<std::unique_ptr<HostJournal>> open_host_journal(const std::string& path, Instant now) {
  os::Fd lock = TRY(os::open_for_append(path + ".lock", 0600));
  if (!os::try_lock(lock)) {
    return Error{ErrorCode::FailedPrecondition,
                 path + " is in use by another executor; stop it or choose another --work_dir"};
  }
  Found found = TRY(read_records(path));
  std::vector<core::HostRecord> records = without_old(std::move(found.records), now);
  const Status rewritten = rewrite(path, records);
  os::Fd file = TRY(os::open_for_append(path, 0600));
  if (!rewritten.ok()) {  // a full disk must not keep the host from finding its tasks: the old file goes on
    log_warning("executor", "the host journal is not tidied up: " + rewritten.error().message);
    os::remove_file(path + ".new");
    if (found.is_torn) TRY(os::cut_file(file, static_cast<int64_t>(found.good_bytes)));
  }
  std::unique_ptr<HostJournal> journal =
      std::make_unique<FileJournal>(std::move(file), std::move(lock), std::move(records));
  return journal;
}

}  // namespace aurora::executor
