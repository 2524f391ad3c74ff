// Writes down what the engine was asked and what it changed, for `aurora replay`: files in a folder, the oldest of which go
// when there is too much (store/recording.h).
//
// The engine hands a round over and goes on; it never waits. A thread of the recorder's own encodes and writes, and keeps
// tables of its own in step, of which each new file begins with a copy, so that the engine is not asked for one: that
// takes the memory of the tables once more. When more waits to be written than there may be, rounds are left out, said so
// in the recording and in the log, and once all is written the engine copies its tables once, with which a new file begins.
// When a file cannot be written, the disk being full, the recording pauses, with an error in the log, and goes on in a new file,
// in the same way, once there is room; the scheduler goes on meanwhile. It ends when bytes_max holds no file at all.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "aurora/base/counters.h"
#include "aurora/core/cluster/cluster.h"
#include "aurora/store/recording.h"

namespace aurora::scheduler {

struct RecorderConfig {
  std::string folder;
  uint64_t bytes_max = 256 << 20;          // of all files
  uint64_t waiting_bytes_max = 64 << 20;   // of what waits to be written, about
  Duration pause = minutes(1);             // after a file could not be written; twice as long each time, an hour at most
};

class Recorder {
 public:
  Recorder(RecorderConfig config, Counters& counters);
  ~Recorder();  // what was handed over is written by then
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The engine's thread, in this order.
  void load(const core::Change& change);    // of the state that it begins with
  void begin(store::RecordingHead head);
  // `after`: the tables after the round. The round's number is set here.
  void note(store::RecordedRound round, const core::Cluster& after);

 private:
  struct Resumed {  // behind a gap
    store::RecordingGap gap;
    Instant at;
    uint64_t round = 0;
    std::vector<core::Change> snapshot;
  };
  using Waiting = std::variant<store::RecordedRound, Resumed>;

  void run();
  Status follow();                    // until it is to stop, or something cannot be written
  bool pause(const Error& error);     // until there is room; false: it is to stop
  Status write(std::deque<Waiting> batch);
  Status write(const store::RecordedRound& round);
  Status write(const Resumed& resumed);
  Status begin_file(Instant at, uint64_t round);
  Status make_room();
  void make_tables(const std::vector<core::Change>& state);

  const RecorderConfig config_;
  Counters& counters_;
  store::RecordingHead head_;  // constant once the thread runs
  // The engine's thread's.
  std::vector<core::Change> state_;
  uint64_t last_round_ = 0;
  uint64_t left_out_ = 0;  // rounds, since the gap began; 0: there is none
  // The recorder's thread's.
  std::unique_ptr<core::Cluster> tables_;
  std::unique_ptr<store::RecordingWriter> file_;  // null: it could not be written
  Duration next_pause_;
  uint64_t in_hand_ = 0;  // rounds that are being written
  uint64_t next_file_ = 1;
  // Guarded by mutex_, which is never held while anything is written.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  uint64_t waiting_bytes_ = 0;  // also of what is being written
  bool stopping_ = false;
  bool is_paused_ = false;
  uint64_t lost_ = 0;  // rounds that were handed over and could not be written
  std::thread thread_;
};

}  // namespace aurora::scheduler
