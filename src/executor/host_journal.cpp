#include "aurora/executor/host_journal.h"

#include <algorithm>
#include <cstdio>

#include "aurora/base/log.h"
#include "aurora/os/files.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr uint8_t kKinds = std::variant_size_v<core::HostRecord>;
constexpr int64_t kCompactAbove = 1 << 20;
constexpr size_t kDamagedFilesMax = 5;
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

void add_optional(ByteWriter& out, const std::optional<int32_t>& number) {
  out.add(number.has_value());
  out.add(number.value_or(0));
}
std::optional<int32_t> get_optional(ByteReader& in) {
  const bool has_value = in.get<bool>();
  const auto number = in.get<int32_t>();
  return has_value ? std::optional(number) : std::nullopt;
}

// Stands at the end of its record, whose older bytes end before it.
void add_reason(ByteWriter& out, const core::EndReason& reason) {
  out.add(static_cast<int32_t>(reason.cause));
  out.add(reason.process);
  out.add(reason.run);
  add_optional(out, reason.exit_code);
  add_optional(out, reason.signal);
  out.add(reason.subject);
  out.add(reason.actor);
  out.add(reason.detail);
}
std::optional<core::EndReason> get_reason(ByteReader& in) {
  if (in.is_at_end()) return std::nullopt;
  core::EndReason reason;
  reason.cause = static_cast<core::EndCause>(in.get<int32_t>());
  reason.process = in.get_string();
  reason.run = in.get<int32_t>();
  reason.exit_code = get_optional(in);
  reason.signal = get_optional(in);
  reason.subject = in.get_string();
  reason.actor = in.get_string();
  reason.detail = in.get_string();
  // A cause that only a newer aurora knows must not cost the end of the task.
  const bool is_known = reason.cause >= core::EndCause::Exited && reason.cause <= core::EndCause::HostLost;
  return is_known ? std::optional(std::move(reason)) : std::nullopt;
}

// Of a terminal status, or the bytes are damaged.
void add_outcome(ByteWriter& out, const core::RunnerOutcome& outcome) {
  out.add(static_cast<int32_t>(outcome.status));
  out.add(outcome.message);
  if (outcome.reason) add_reason(out, *outcome.reason);
}
core::RunnerOutcome get_outcome(ByteReader& in) {
  core::RunnerOutcome outcome;
  outcome.status = static_cast<core::TaskStatus>(in.get<int32_t>());
  outcome.message = in.get_string();
  outcome.reason = get_reason(in);
  return outcome;
}

void add_body(ByteWriter& out, const core::TaskAccepted& record) {
  out.add(record.at);
  add_summary(out, record.summary);
  // Stands at the end, where older versions read no more.
  out.add(static_cast<uint32_t>(record.summary.gpus.size()));
  for (const std::string& gpu : record.summary.gpus) out.add(gpu);
}
void add_body(ByteWriter& out, const core::KillAccepted& record) { out.add(record.at); }
void add_body(ByteWriter& out, const core::TaskEnded& record) {
  out.add(record.at);
  add_outcome(out, {record.status, record.message, record.reason});
}
void add_body(ByteWriter& out, const core::EndAccepted& record) {
  out.add(record.at);
  add_outcome(out, record.outcome);
}
void add_body(ByteWriter& out, const core::TaskHealthy& record) { out.add(record.at); }
void add_body(ByteWriter&, const core::EndAcknowledged&) {}
void add_body(ByteWriter& out, const core::TaskCollected& record) { out.add(record.at); }
void add_body(ByteWriter&, const core::TaskForgotten&) {}

const core::TaskId& task_of(const core::HostRecord& record) {
  return std::visit([](const auto& r) -> const core::TaskId& { return r.task_id; }, record);
}

std::string encode_all(const std::vector<core::HostRecord>& records) {
  std::string bytes;
  for (const core::HostRecord& record : records) bytes += frame(encode_record(record));
  return bytes;
}

// Whole and anew, open for appending. The rename is what counts: after it nothing can fail any more, or what
// is appended later would go to a file without a name.
Result<os::Fd> rewrite(const std::string& path, std::string_view bytes) {
  TRY(os::write_file(path + ".new", bytes, 0600));
  os::Fd file = TRY(os::open_existing(path + ".new"));
  TRY(os::replace_file(path + ".new", path));
  return file;
}

class FileJournal final : public HostJournal {
 public:
  FileJournal(std::string path, os::Fd file, os::Fd lock, std::vector<core::HostRecord> records,
              int64_t bytes)
      : path_(std::move(path)),
        file_(std::move(file)),
        lock_(std::move(lock)),
        records_(std::move(records)),
        bytes_(bytes) {
    os::reserve(file_, kReservedBytes);
  }

  Status append(const std::vector<core::HostRecord>& records) override {
    if (records.empty()) return Unit{};
    const std::string bytes = encode_all(records);
    TRY(os::append_all(file_, bytes));
    TRY(os::sync_data(file_));
    bytes_ += static_cast<int64_t>(bytes.size());
    since_reserved_ += static_cast<int64_t>(bytes.size());
    if (since_reserved_ > kReservedBytes / 2) {
      os::reserve(file_, kReservedBytes);
      since_reserved_ = 0;
    }
    return Unit{};
  }
  Result<std::vector<core::HostRecord>> load() override { return std::exchange(records_, {}); }

  bool wants_compaction() const override { return bytes_ > kCompactAbove && bytes_ / 2 > live_bytes_; }
  Status compact(const std::vector<core::HostRecord>& all) override {
    live_bytes_ = bytes_;  // if it fails, the next attempt is when it has doubled again
    const std::string bytes = encode_all(all);
    Result<os::Fd> rewritten = rewrite(path_, bytes);
    if (!rewritten.ok()) os::remove_file(path_ + ".new");
    file_ = TRY(std::move(rewritten));
    os::reserve(file_, kReservedBytes);
    since_reserved_ = 0;
    bytes_ = live_bytes_ = static_cast<int64_t>(bytes.size());
    return Unit{};
  }

 private:
  const std::string path_;
  os::Fd file_;
  os::Fd lock_;  // of a file beside it: the journal itself is replaced when it is opened
  std::vector<core::HostRecord> records_;  // as found; given away by load()
  int64_t bytes_ = 0;
  int64_t live_bytes_ = 0;  // after the latest compaction
  int64_t since_reserved_ = 0;
};

struct Found {
  std::string bytes;
  std::vector<core::HostRecord> records;
  std::vector<Gap> damage;  // skipped
  size_t good_bytes = 0;
  bool is_torn() const { return good_bytes < bytes.size(); }
};

Error is_newer(const std::string& path) {
  return Error{
      ErrorCode::FailedPrecondition,
      path +
          " was written by a newer version of aurora, whose records this one does not know; start that "
          "version again, or move the file away: running tasks are found by their folders"};
}

Result<Found> read_records(const std::string& path) {
  Found found;
  if (!os::exists(path)) return found;
  found.bytes = TRY(os::read_file(path, 1u << 30));
  const Frames frames =
      split_frames(found.bytes, [](std::string_view payload) { return decode_record(payload).ok(); });
  found.damage = frames.gaps;
  found.good_bytes = frames.good_bytes;
  for (const std::string_view payload : frames.payloads) {
    Result<core::HostRecord> record = decode_record(payload);
    if (!record.ok() && record.error().code == ErrorCode::FailedPrecondition) return is_newer(path);
    if (record.ok()) {
      found.records.push_back(*std::move(record));
    } else {
      found.damage.push_back({static_cast<size_t>(payload.data() - found.bytes.data()), payload.size()});
    }
  }
  return found;
}

void delete_oldest_damaged(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string prefix = path.substr(slash + 1) + ".damaged-";
  std::vector<std::string> names = os::list_names(path.substr(0, slash));
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
  std::sort(names.begin(), names.end());
  for (size_t i = 0; i + kDamagedFilesMax < names.size(); ++i)
    os::remove_file(path.substr(0, slash + 1) + names[i]);
}

void keep_damaged(const std::string& path, const Found& found, Instant now) {
  const std::string copy = path + ".damaged-" + std::to_string(now.ms);
  const bool is_kept = os::write_file(copy, found.bytes, 0600).ok();
  if (!is_kept) os::remove_file(copy);  // part of it helps nobody, and takes the last room of a full disk
  const std::string kept = is_kept ? "; it is kept as " + copy : "; no copy of it could be kept";
  delete_oldest_damaged(path);
  for (const Gap& gap : found.damage) {
    log_error("executor", path + " is damaged: " + std::to_string(gap.bytes) + " bytes at offset " +
                              std::to_string(gap.offset) + " are no record and were skipped" + kept);
  }
  if (!found.is_torn()) return;
  log_error("executor", path + " ends with " + std::to_string(found.bytes.size() - found.good_bytes) +
                            " bytes that are no record, at offset " + std::to_string(found.good_bytes) +
                            ": torn by a loss of power, or damaged" + kept);
}

}  // namespace

std::string encode_record(const core::HostRecord& record) {
  ByteWriter out;
  out.add(static_cast<uint8_t>(record.index()));
  out.add(task_of(record).value());
  std::visit([&](const auto& r) { add_body(out, r); }, record);
  return out.take();
}

namespace {

Error ends_as_active() { return Error{ErrorCode::DataLoss, "the host journal ends a task as not ended"}; }

}  // namespace

Result<core::HostRecord> decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<uint8_t>();
  core::TaskId task_id(in.get_string());
  core::HostRecord record = core::EndAcknowledged{task_id};
  if (kind == 0) {
    core::TaskAccepted accepted{task_id, in.get_instant(), {}};
    accepted.summary = get_summary(in);
    for (uint32_t left = in.is_at_end() ? 0 : in.get_count(); left > 0; --left)
      accepted.summary.gpus.push_back(in.get_string());
    record = std::move(accepted);
  } else if (kind == 1) {
    record = core::KillAccepted{task_id, in.get_instant()};
  } else if (kind == 2) {
    const Instant at = in.get_instant();
    core::RunnerOutcome outcome = get_outcome(in);
    if (!is_terminal(outcome.status)) return ends_as_active();
    record =
        core::TaskEnded{task_id, at, outcome.status, std::move(outcome.message), std::move(outcome.reason)};
  } else if (kind == 4) {
    record = core::TaskCollected{task_id, in.get_instant()};
  } else if (kind == 5) {
    record = core::TaskForgotten{task_id};
  } else if (kind == 6) {
    const Instant at = in.get_instant();
    core::EndAccepted accepted{task_id, at, get_outcome(in)};
    if (!is_terminal(accepted.outcome.status)) return ends_as_active();
    record = std::move(accepted);
  } else if (kind == 7) {
    record = core::TaskHealthy{task_id, in.get_instant()};
  }
  if (!in.is_good()) return Error{ErrorCode::DataLoss, "a record of the host journal is damaged"};
  if (kind >= kKinds) return Error{ErrorCode::FailedPrecondition, "the host journal has an unknown record"};
  return record;
}

Result<std::unique_ptr<HostJournal>> open_host_journal(const std::string& path, Instant now) {
  os::Fd lock = TRY(os::open_for_append(path + ".lock", 0600));
  if (!os::try_lock(lock)) {
    return Error{ErrorCode::FailedPrecondition,
                 path + " is in use by another executor; stop it or choose another --work_dir"};
  }
  Found found = TRY(read_records(path));
  const bool is_damaged = !found.damage.empty() || found.is_torn();
  if (is_damaged) keep_damaged(path, found, now);
  Result<os::Fd> file =
      is_damaged ? rewrite(path, encode_all(found.records)) : os::open_for_append(path, 0600);
  if (!file.ok() && is_damaged) {
    // A full disk must not keep the host from finding its tasks: the old file goes on.
    log_warning("executor", "the host journal is not tidied up: " + file.error().message);
    os::remove_file(path + ".new");
    file = os::open_for_append(path, 0600);
    if (file.ok() && found.is_torn()) TRY(os::cut_file(*file, static_cast<int64_t>(found.good_bytes)));
  }
  os::Fd opened = TRY(std::move(file));
  std::unique_ptr<HostJournal> journal =
      std::make_unique<FileJournal>(path, std::move(opened), std::move(lock), std::move(found.records),
                                    static_cast<int64_t>(found.good_bytes));
  return journal;
}

}  // namespace aurora::executor
