#include <rocksdb/env.h>

#include <filesystem>
#include <utility>

#include "aurora/codec/change_json.h"
#include "aurora/codec/json_value.h"
#include "aurora/store/copy.h"
#include "store/backups.h"
#include "store/replacement.h"
#include "store/rocks_database.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr size_t kBatch = 1'000;  // records between two syncs

Error refuse(uint64_t line, const std::string& why) {
  return {ErrorCode::InvalidArgument, "line " + std::to_string(line) + ": " + why};
}

struct Head {
  std::string cluster_id;
};

Result<Head> parse_head(const std::string& line) {
  const auto value = codec::JsonValue::parse(line);
  const bool is_ours = value.ok() && value->is_object() && value->string_or("export", "") == "aurora";
  if (!is_ours) return refuse(1, "this is no export of a scheduler's database; `aurora admin store export` makes one");
  const int64_t format = value->int_or("format", 0);
  if (format != kFormat) {
    return refuse(1, "the export has format " + std::to_string(format) + "; this version reads format " +
                         std::to_string(kFormat));
  }
  Head head{value->string_or("clusterId", "")};
  if (head.cluster_id.empty()) return refuse(1, "the cluster's id is missing");
  return head;
}

// The number of records that the last line promises; nothing for any other line.
std::optional<uint64_t> find_count(const std::string& line) {
  const auto value = codec::JsonValue::parse(line);
  if (!value.ok() || !value->is_object() || value->find("records") == nullptr) return std::nullopt;
  return static_cast<uint64_t>(value->int_or("records", 0));
}

Status read_records(const ReadLine& read, const std::function<Status(core::Change)>& take) {
  uint64_t records = 0;
  for (uint64_t line = 2;; ++line) {
    std::optional<std::string> text = TRY(read());
    if (!text) return refuse(line, "the export ends here, before the line that counts its records: it was cut off");
    if (const auto count = find_count(*text)) {
      if (*count != records)
        return refuse(line, "there should be " + std::to_string(*count) + " records, and there are " + std::to_string(records));
      if (TRY(read())) return refuse(line + 1, "there is more behind the last line of the export");
      return Unit{};
    }
    Result<core::Change> change = codec::decode_change_json(*text);
    if (!change.ok()) return refuse(line, change.error().message);
    ++records;
    TRY(take(std::move(*change)));
  }
}

Result<Head> read_head(const ReadLine& read) {
  const std::optional<std::string> first = TRY(read());
  if (!first) return refuse(1, "the export is empty");
  return parse_head(*first);
}

Status fill(const std::string& folder, const ReadLine& read, uint64_t& records) {
  const Head head = TRY(read_head(read));
  const auto store = TRY(open_rocks_store(folder, IfMissing::Initialize, head.cluster_id));
  TRY(store->load([](const core::Change&) {}));
  std::vector<core::Change> batch;
  TRY(read_records(read, [&](core::Change change) -> Status {
    batch.push_back(std::move(change));
    ++records;
    if (batch.size() < kBatch) return Unit{};
    return store->commit(std::exchange(batch, {}));
  }));
  return store->commit(batch);
}

}  // namespace

Result<uint64_t> export_store(const std::string& folder, const WriteLine& write) {
  const auto store = TRY(open_rocks_store(folder));
  TRY(write(codec::JsonObject()
                .add("export", "aurora")
                .add("format", kFormat)
                .add("clusterId", store->cluster_id())
                .text()));
  uint64_t records = 0;
  Status written = Unit{};
  TRY(store->load([&](const core::Change& change) {
    if (!written.ok()) return;
    written = write(codec::encode_change_json(change));
    ++records;
  }));
  TRY(written);
  TRY(write(codec::JsonObject().add("records", records).text()));
  return records;
}

Result<std::string> read_export(const ReadLine& read, const std::function<Status(core::Change)>& take) {
  Head head = TRY(read_head(read));
  TRY(read_records(read, take));
  return std::move(head.cluster_id);
}

Result<std::string> import_store(const std::string& folder, const ReadLine& read) {
  if (has_database(folder) || is_replacement_decided(folder)) {
    return Error{ErrorCode::AlreadyExists, "there is a database in " + folder +
                                               ", which stays as it is; import into a folder that has none"};
  }
  std::error_code error;
  fs::create_directories(folder, error);
  const FolderClaim claim = TRY(FolderClaim::take(folder));
  const std::string fresh = folder + "/" + kBeingMade;
  fs::remove_all(fresh, error);
  uint64_t records = 0;
  const Status filled = fill(fresh, read, records);
  const Status checked = filled.ok() ? check_whole(fresh) : filled;
  if (!checked.ok()) {
    fs::remove_all(fresh, error);
    return checked.error();
  }
  TRY(mark_as_old(fresh));
  fs::remove(fresh + "/LOCK", error);
  TRY(move_in(fresh, folder));
  return std::to_string(records) + " records are in place in " + folder;
}

}  // namespace aurora::store
