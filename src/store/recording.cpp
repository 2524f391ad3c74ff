#include "aurora/store/recording.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "aurora/codec/json_fields.h"
#include "aurora/store/recorded_fields.h"
#include "store/recorded_change.h"

namespace aurora::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "recording-";
constexpr std::string_view kSuffix = ".jsonl";
constexpr size_t kDigits = 6;
constexpr size_t kLineMax = 64u << 20;  // a job with 20,000 instances is far below

struct ConfigLine {
  core::ConfigHash hash;
  core::TaskConfig config;
};
void fields(Is<ConfigLine> auto& c, auto&& visit) {
  visit("hash", c.hash);
  visit("config", c.config);
}

struct GapLine {
  std::string why;
  int64_t rounds = 0;
};
void fields(Is<GapLine> auto& g, auto&& visit) {
  visit("why", g.why);
  visit("rounds", g.rounds);
}

Result<std::optional<RecordingReader::Item>> item(RecordingReader::Item value) { return std::optional(std::move(value)); }

}  // namespace

std::string recording_name(uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return std::string(kPrefix) + digits + std::string(kSuffix);
}

std::string to_text(const core::Change& change) { return encode_recorded(change); }
std::string to_text(const core::Command& command) { return codec::encode_json(command); }

std::vector<RecordingFile> list_recordings(const std::string& folder) {
  std::vector<RecordingFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const std::string digits = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
    if (digits.empty() || digits.size() > 18 || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) continue;
    std::error_code ignored;
    files.push_back({std::stoull(digits), entry->path().string(), entry->file_size(ignored)});
  }
  std::ranges::sort(files, {}, &RecordingFile::number);
  return files;
}

Result<RecordingWriter> RecordingWriter::create(const std::string& path, const RecordingHead& head, const std::vector<core::Change>& snapshot) {
  RecordingWriter writer(path);
  writer.out_.open(path, std::ios::binary | std::ios::trunc);
  TRY(writer.put(codec::JsonObject()
                     .add("recording", "aurora")
                     .add("format", kRecordingFormat)
                     .add("schedulerHost", head.scheduler_host)
                     .add("at", head.at.ms)
                     .add("round", static_cast<int64_t>(head.round))
                     .add_raw("settings", codec::encode_json(head.settings))
                     .text()));
  uint64_t records = 0;
  for (const core::Change& change : snapshot) {
    const std::string line = writer.encode(change);
    if (line.empty()) continue;
    TRY(writer.put(codec::JsonObject().add_raw("state", line).text()));
    ++records;
  }
  TRY(writer.put(codec::JsonObject().add("begins", static_cast<int64_t>(records)).text()));
  return writer;
}

Status RecordingWriter::put(const std::string& line) {
  out_ << line << '\n';
  bytes_ += line.size() + 1;
  if (out_) return Unit{};
  return Error{ErrorCode::Internal, path_ + " cannot be written: " + std::strerror(errno)};
}

// A configuration that is new to the file goes before what names it.
std::string RecordingWriter::encode(const core::Change& change) {
  const auto* saved = std::get_if<core::TaskSaved>(&change);
  if (saved != nullptr && configs_.insert(saved->task.config.hash()).second) {
    const ConfigLine line{saved->task.config.hash(), *saved->task.config};
    static_cast<void>(put(codec::JsonObject().add_raw("config", codec::encode_json(line)).text()));  // the next line says it, too
  }
  return encode_recorded(change);
}

Status RecordingWriter::write(const RecordedRound& round) {
  for (const RecordedDecision& decision : round.decisions) {
    std::string changes = "[";
    for (const core::Change& change : decision.changes) {
      if (!is_durable(change)) continue;
      if (changes.size() > 1) changes += ',';
      changes += encode(change);
    }
    codec::JsonObject line;
    line.add("round", static_cast<int64_t>(round.number)).add("at", round.at.ms).add("random", std::bit_cast<int64_t>(decision.random));
    line.add_raw("command", codec::encode_json(decision.command));
    if (decision.mark) line.add_raw("mark", codec::encode_json(*decision.mark));
    if (decision.error) line.add("error", *decision.error);
    TRY(put(line.add_raw("changes", changes + "]").text()));
  }
  return Unit{};
}

Status RecordingWriter::write(const RecordingGap& gap) {
  return put(codec::JsonObject().add_raw("gap", codec::encode_json(GapLine{gap.why, static_cast<int64_t>(gap.rounds)})).text());
}

Status RecordingWriter::flush() {
  out_.flush();
  if (out_) return Unit{};
  return Error{ErrorCode::Internal, path_ + " cannot be written: " + std::strerror(errno)};
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return Error{ErrorCode::NotFound, "there is nothing at " + path};
  if (!fs::is_directory(path, error)) return RecordingReader(std::vector<std::string>{path});
  std::vector<std::string> files;
  for (const RecordingFile& file : list_recordings(path)) files.push_back(file.path);
  if (files.empty()) return Error{ErrorCode::NotFound, "there is no recording in " + path + "; a scheduler makes one with --record"};
  return RecordingReader(std::move(files));
}

Error RecordingReader::refuse(const std::string& why) const {
  return {ErrorCode::InvalidArgument, files_[file_ - 1] + ", line " + std::to_string(line_) + ": " + why};
}

// A line without an end was being written when the recording was cut off.
Result<std::optional<std::string>> RecordingReader::next_line() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  std::string line;
  if (!std::getline(in_, line)) return std::optional<std::string>();
  ++line_;
  if (line.size() > kLineMax) return refuse("it is longer than any that a scheduler writes");
  if (!in_.eof()) return std::optional(std::move(line));
  is_cut_off_ = true;
  return std::optional<std::string>();
}

Result<std::optional<RecordingReader::Item>> RecordingReader::begin_file() {
  if (file_ == files_.size()) return std::optional<Item>();
  in_ = std::ifstream(files_[file_++], std::ios::binary);
  line_ = 0;
  is_cut_off_ = false;
  configs_.clear();
  if (!in_) return Error{ErrorCode::NotFound, files_[file_ - 1] + " cannot be read: " + std::strerror(errno)};
  const auto first = TRY(next_line());
  const auto head = codec::JsonValue::parse(first.value_or("null"));
  if (!head.ok() || head->string_or("recording", "") != "aurora")
    return refuse("this is no recording of a scheduler; --record makes one");
  if (const int64_t format = head->int_or("format", 0); format != kRecordingFormat) {
    return refuse("the recording has format " + std::to_string(format) + "; this version reads format " + std::to_string(kRecordingFormat) +
                  ": replay it with the version that made it");
  }
  Snapshot snapshot;
  snapshot.head = {.scheduler_host = head->string_or("schedulerHost", ""), .settings = {}, .at = {head->int_or("at", 0)},
                   .round = static_cast<uint64_t>(head->int_or("round", 0))};
  const codec::JsonValue* settings = head->find("settings");
  if (settings == nullptr) return refuse("the settings are missing");
  auto decoded = codec::decode_json<core::SchedulerSettings>(*settings);
  if (!decoded.ok()) return refuse(decoded.error().message);
  snapshot.head.settings = std::move(*decoded);
  while (true) {
    const auto line = TRY(next_line());
    if (!line) return item(CutOff{files_[file_ - 1] + " ends within its snapshot: nothing of it can be used"});
    const auto value = codec::JsonValue::parse(*line);
    if (!value.ok()) return refuse(value.error().message);
    if (const auto* begins = value->find("begins")) {
      if (value->int_or("begins", -1) == static_cast<int64_t>(snapshot.state.size())) return item(std::move(snapshot));
      return refuse("there should be " + begins->to_json() + " records, and there are " + std::to_string(snapshot.state.size()));
    }
    if (const auto* config = value->find("config")) {
      auto one = codec::decode_json<ConfigLine>(*config);
      if (!one.ok()) return refuse(one.error().message);
      configs_[one->hash] = core::TaskConfigRef(std::move(one->config));
      continue;
    }
    const auto* state = value->find("state");
    if (state == nullptr) return refuse("a snapshot holds records, and this is none");
    auto change = decode_recorded(*state, [this](const core::ConfigHash& hash) {
      const auto found = configs_.find(hash);
      return found == configs_.end() ? nullptr : &found->second;
    });
    if (!change.ok()) return refuse(change.error().message);
    snapshot.state.push_back(std::move(*change));
  }
}

Result<RecordedDecision> RecordingReader::decode_decision(const std::string& line, RecordedRound& round) const {
  const codec::JsonValue value = TRY(codec::JsonValue::parse(line));
  round.number = static_cast<uint64_t>(TRY(value.get_int("round")));
  round.at = {TRY(value.get_int("at"))};
  RecordedDecision decision;
  decision.random = std::bit_cast<uint64_t>(TRY(value.get_int("random")));
  const codec::JsonValue* command = value.find("command");
  if (command == nullptr) return Error{ErrorCode::InvalidArgument, "the command is missing"};
  decision.command = TRY(codec::decode_json<core::Command>(*command));
  if (const auto* mark = value.find("mark")) decision.mark = TRY(codec::decode_json<core::RequestMark>(*mark));
  if (const auto* error = value.find("error")) decision.error = TRY(error->as_string());
  if (const auto* changes = value.find("changes")) {
    for (const codec::JsonValue& change : changes->items()) {
      decision.changes.push_back(TRY(decode_recorded(change, [this](const core::ConfigHash& hash) {
        const auto found = configs_.find(hash);
        return found == configs_.end() ? nullptr : &found->second;
      })));
    }
  }
  return decision;
}

Result<std::optional<RecordingReader::Item>> RecordingReader::next() {
  if (file_ == 0) return begin_file();
  RecordedRound round;
  while (true) {
    auto line = TRY(next_line());
    if (!line) {
      if (!round.decisions.empty()) return item(std::move(round));
      if (is_cut_off_) {
        is_cut_off_ = false;
        return item(CutOff{files_[file_ - 1] + " was cut off in line " + std::to_string(line_)});
      }
      return begin_file();
    }
    if (line->starts_with("{\"config\"")) {
      auto one = codec::decode_json<ConfigLine>(*TRY(codec::JsonValue::parse(*line)).find("config"));
      if (!one.ok()) return refuse(one.error().message);
      configs_[one->hash] = core::TaskConfigRef(std::move(one->config));
      continue;
    }
    if (line->starts_with("{\"gap\"")) {
      if (!round.decisions.empty()) {
        ahead_ = std::move(line);
        return item(std::move(round));
      }
      auto gap = codec::decode_json<GapLine>(*TRY(codec::JsonValue::parse(*line)).find("gap"));
      if (!gap.ok()) return refuse(gap.error().message);
      return item(RecordingGap{gap->why, static_cast<uint64_t>(gap->rounds)});
    }
    RecordedRound its;
    auto decision = decode_decision(*line, its);
    if (!decision.ok()) return refuse(decision.error().message);
    if (!round.decisions.empty() && its.number != round.number) {
      ahead_ = std::move(line);
      return item(std::move(round));
    }
    round.number = its.number;
    round.at = its.at;
    round.decisions.push_back(std::move(*decision));
  }
}

}  // namespace aurora::store
