// A recording: what the engine was asked, when and with which randomness, and what it changed, as lines of JSON in files
// that are read one after the other. Each file begins with all that the scheduler knew then, so that any of them can be
// the first.
//
// Not durable: a file is flushed, never synced; one that was cut off is read up to there.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/commands/command.h"

namespace aurora::store {

// 1: the first. Another program's numbers are refused.
inline constexpr int kRecordingFormat = 1;

struct RecordingHead {
  std::string scheduler_host;  // in every event
  core::SchedulerSettings settings;  // with the cluster's id; time zones are the reading machine's
  Instant at;
  uint64_t round = 0;  // the last one before this file
};

struct RecordedDecision {
  core::Command command;
  std::optional<core::RequestMark> mark = {};
  uint64_t random = 0;                // the state of the generator before it
  std::vector<core::Change> changes = {};  // with those that follow from it, in order. In a file: durable ones only
  std::optional<std::string> error = {};   // it was refused
};
struct RecordedRound {
  uint64_t number = 0;  // counts those of this process, from 1
  Instant at;
  std::vector<RecordedDecision> decisions;
};
// What is not in the recording: the writer was behind, or the scheduler began anew.
struct RecordingGap {
  std::string why;
  uint64_t rounds = 0;  // that are missing; 0: nobody knows
};

// As in a recording, for comparison and for people.
std::string to_text(const core::Change& change);  // REQUIRES: is_durable(change)
std::string to_text(const core::Command& command);

class RecordingWriter {
 public:
  // Writes head and snapshot. An error names the file.
  static Result<RecordingWriter> create(const std::string& path, const RecordingHead& head, const std::vector<core::Change>& snapshot);
  Status write(const RecordedRound& round);
  Status write(const RecordingGap& gap);
  Status flush();
  uint64_t bytes() const { return bytes_; }

 private:
  explicit RecordingWriter(std::string path) : path_(std::move(path)) {}
  Status put(const std::string& line);
  std::string encode(const core::Change& change);

  std::string path_;
  std::ofstream out_;
  uint64_t bytes_ = 0;
  std::set<core::ConfigHash> configs_;  // that are in the file
};

// "recording-000042.jsonl"
std::string recording_name(uint64_t number);
struct RecordingFile {
  uint64_t number = 0;
  std::string path;
  uint64_t bytes = 0;
};
std::vector<RecordingFile> list_recordings(const std::string& folder);  // oldest first; none for a folder that is not there

// Reads one file, or all of a folder. What a snapshot says is given as it comes; a reader that has followed so far needs
// it only behind a gap.
class RecordingReader {
 public:
  struct Snapshot {
    RecordingHead head;
    std::vector<core::Change> state;
  };
  struct CutOff {  // the file ends in the middle of a line: the last item of a file
    std::string where;
  };
  using Item = std::variant<Snapshot, RecordedRound, RecordingGap, CutOff>;

  static Result<RecordingReader> open(const std::string& path);
  // Nothing at the end. InvalidArgument: the file is no recording, another version's, or a line makes no sense.
  Result<std::optional<Item>> next();

 private:
  explicit RecordingReader(std::vector<std::string> files) : files_(std::move(files)) {}
  Result<std::optional<std::string>> next_line();
  Result<std::optional<Item>> begin_file();
  Result<RecordedDecision> decode_decision(const std::string& line, RecordedRound& round) const;
  Error refuse(const std::string& why) const;

  std::vector<std::string> files_;
  size_t file_ = 0;  // of files_, the one that is read next
  std::ifstream in_;
  uint64_t line_ = 0;
  bool is_cut_off_ = false;
  std::optional<std::string> ahead_;  // a line of the next round
  std::map<core::ConfigHash, core::TaskConfigRef> configs_;
};

}  // namespace aurora::store
