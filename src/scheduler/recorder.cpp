#include "aurora/scheduler/recorder.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "aurora/base/log.h"
#include "scheduler/state_of.h"

namespace aurora::scheduler {
namespace {

constexpr uint64_t kFilesAtATime = 4;  // of the bytes that there may be, one file is this part
constexpr uint64_t kDecisionBytes = 600;
constexpr uint64_t kChangeBytes = 500;
constexpr Duration kPauseMax = minutes(60);

uint64_t bytes_of(const store::RecordedRound& round) {
  uint64_t bytes = 0;
  for (const store::RecordedDecision& decision : round.decisions) bytes += kDecisionBytes + kChangeBytes * decision.changes.size();
  return bytes;
}

}  // namespace

Recorder::Recorder(RecorderConfig config, Counters& counters)
    : config_(std::move(config)), counters_(counters), next_pause_(config_.pause) {}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Recorder::load(const core::Change& change) { state_.push_back(change); }

void Recorder::begin(store::RecordingHead head) {
  head_ = std::move(head);
  const auto files = store::list_recordings(config_.folder);
  if (!files.empty()) next_file_ = files.back().number + 1;
  thread_ = std::thread([this, state = std::exchange(state_, {})] {
    make_tables(state);
    run();
  });
}

void Recorder::note(store::RecordedRound round, const core::Cluster& after) {
  round.number = ++last_round_;
  const uint64_t bytes = bytes_of(round);
  {
    const std::lock_guard lock(mutex_);
    left_out_ += std::exchange(lost_, 0);
    const bool is_behind = left_out_ > 0 ? waiting_bytes_ > 0 : waiting_bytes_ + bytes > config_.waiting_bytes_max;
    if (is_paused_ || is_behind) {
      ++left_out_;
      counters_.add("recording_rounds_left_out");
      return;
    }
    if (left_out_ == 0) {
      waiting_bytes_ += bytes;
      waiting_.push_back(std::move(round));
    }
  }
  if (left_out_ > 0) {  // all is written: from here on again, with everything as it is now
    Resumed resumed{{"they could not be written, or not as fast", left_out_ + 1}, round.at, round.number, snapshot_of(after)};
    left_out_ = 0;
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(resumed));
  }
  changed_.notify_one();
}

void Recorder::make_tables(const std::vector<core::Change>& state) {
  tables_ = std::make_unique<core::Cluster>(head_.settings.overhead, head_.settings.offer_order);
  for (const core::Change& change : state) tables_->apply(change);
}

void Recorder::run() {
  Status written = begin_file(head_.at, 0);
  while (true) {
    if (written.ok()) written = follow();
    if (written.ok()) return;
    if (!pause(written.error())) return;
    written = Unit{};
  }
}

Status Recorder::follow() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return Unit{};
    std::deque<Waiting> batch = std::exchange(waiting_, {});
    const uint64_t bytes = waiting_bytes_;
    in_hand_ = batch.size();
    lock.unlock();
    const Status written = write(std::move(batch));
    lock.lock();
    if (!written.ok()) return written;
    waiting_bytes_ -= bytes;
    in_hand_ = 0;
  }
}

bool Recorder::pause(const Error& error) {
  const bool is_over = error.code == ErrorCode::ResourceExhausted;
  log_error("scheduler", std::string(is_over ? "the recording ends: " : "the recording pauses until there is room: ") + error.message);
  file_.reset();
  std::unique_lock lock(mutex_);
  is_paused_ = true;
  lost_ = std::max<uint64_t>(1, in_hand_ + waiting_.size());  // at least one: what the tables are is not known any more
  in_hand_ = 0;
  waiting_.clear();
  waiting_bytes_ = 0;
  const auto is_room = [this] {
    std::error_code unknown;
    const auto space = std::filesystem::space(config_.folder, unknown);
    return !unknown && space.available >= config_.bytes_max / kFilesAtATime;
  };
  do {
    changed_.wait_for(lock, std::chrono::milliseconds(next_pause_.ms), [this] { return stopping_; });
    next_pause_ = std::min(next_pause_ * 2, kPauseMax);
  } while (!stopping_ && (is_over || !is_room()));
  is_paused_ = false;
  return !stopping_;
}

Status Recorder::write(std::deque<Waiting> batch) {
  for (const Waiting& one : batch) TRY(std::visit([this](const auto& each) { return write(each); }, one));
  return file_->flush();
}

Status Recorder::write(const store::RecordedRound& round) {
  TRY(file_->write(round));
  for (const store::RecordedDecision& decision : round.decisions) {
    for (const core::Change& change : decision.changes) tables_->apply(change);
  }
  if (file_->bytes() < config_.bytes_max / kFilesAtATime) return Unit{};
  return begin_file(round.at, round.number);
}

Status Recorder::write(const Resumed& resumed) {
  log_warning("scheduler", "the recording has a gap of " + std::to_string(resumed.gap.rounds) + " rounds: " + resumed.gap.why);
  if (file_ != nullptr) TRY(file_->write(resumed.gap));
  make_tables(resumed.snapshot);
  return begin_file(resumed.at, resumed.round);
}

Status Recorder::begin_file(Instant at, uint64_t round) {
  if (file_ != nullptr) TRY(file_->flush());
  store::RecordingHead head = head_;
  head.at = at;
  head.round = round;
  const std::string path = config_.folder + "/" + store::recording_name(next_file_++);
  file_ = std::make_unique<store::RecordingWriter>(TRY(store::RecordingWriter::create(path, head, snapshot_of(*tables_))));
  TRY(file_->flush());
  if (file_->bytes() * 2 > config_.bytes_max) {
    return Error{ErrorCode::ResourceExhausted, "what the cluster is takes " + std::to_string(file_->bytes() >> 20) +
                                                   " MB at the beginning of each file, and --record_max allows " +
                                                   std::to_string(config_.bytes_max >> 20) + " MB in all; allow four times as much"};
  }
  return make_room();
}

// The file that was begun may grow to its part.
Status Recorder::make_room() {
  const auto files = store::list_recordings(config_.folder);
  uint64_t bytes = config_.bytes_max / kFilesAtATime;
  for (const auto& file : files) bytes += file.bytes;
  for (size_t i = 0; i + 1 < files.size() && bytes > config_.bytes_max; ++i) {
    std::error_code error;
    std::filesystem::remove(files[i].path, error);
    if (error) return Error{ErrorCode::Internal, files[i].path + " cannot be deleted: " + error.message()};
    bytes -= files[i].bytes;
  }
  return Unit{};
}

}  // namespace aurora::scheduler
