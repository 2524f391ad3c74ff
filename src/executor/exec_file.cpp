#include "aurora/executor/exec_file.h"

#include <algorithm>

#include "aurora/codec/json_fields.h"
#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

constexpr size_t kFileMax = 64u << 10;
constexpr size_t kRecordMax = 1000;  // of a command and who ran it, as kept

void shorten(std::string& text, size_t bytes_max) {
  if (text.size() > bytes_max) text.resize(bytes_max);
}

ExecRecord shortened(ExecRecord record) {
  shorten(record.who, 200);
  shorten(record.reason, 200);
  size_t left = kRecordMax;
  for (std::string& word : record.command) {
    shorten(word, left);
    left -= word.size();
  }
  constexpr size_t kWordsMax = 50;
  if (record.command.size() > kWordsMax) record.command.resize(kWordsMax);
  return record;
}

std::string line_of(const ExecRecord& record) { return codec::encode_json(record) + "\n"; }

}  // namespace

std::vector<ExecRecord> read_execs(const std::string& path) {
  std::vector<ExecRecord> records;
  const Result<std::string> text = os::read_file(path, 4 * kFileMax);
  if (!text.ok()) return records;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const auto value = codec::JsonValue::parse(std::string_view(*text).substr(at, end - at));
    at = end + 1;
    if (!value.ok()) continue;
    Result<ExecRecord> record = codec::decode_json<ExecRecord>(*value, codec::UnknownFields::Ignore);
    if (!record.ok()) continue;
    const auto known = std::ranges::find(records, record->id, &ExecRecord::id);
    if (known == records.end()) {
      records.push_back(*std::move(record));
    } else {
      *known = *std::move(record);
    }
  }
  return records;
}

Status append_exec(const std::string& path, ExecRecord record) {
  const std::string line = line_of(shortened(std::move(record)));
  const os::Fd file = TRY(os::open_for_append(path, 0600));
  TRY(os::append_all(file, line));
  if (os::size_of(file) <= static_cast<int64_t>(kFileMax)) return Unit{};
  std::vector<ExecRecord> records = read_execs(path);
  std::string kept;
  const size_t first = records.size() - std::min(records.size(), kExecsKept);
  // A record has some 1,500 bytes at most, so that not even fifty of these fill the file again.
  for (size_t i = first; i < records.size(); ++i) kept += line_of(records[i]);
  const Status written = os::write_file(path + ".new", kept, 0600);
  if (written.ok()) return os::rename_file(path + ".new", path);
  os::remove_file(path + ".new");  // on a full disk it goes on as it is
  return written;
}

}  // namespace aurora::executor
