#include "aurora/scheduler/replay.h"

#include <algorithm>
#include <utility>

#include "aurora/core/commands/command.h"

namespace aurora::scheduler {

using namespace core;

namespace {

constexpr int kFollowUpsMax = 1'000;  // as of the engine
constexpr size_t kRemarksMax = 100;

std::vector<const Change*> durable_ones(const std::vector<Change>& changes) {
  std::vector<const Change*> durable;
  for (const Change& change : changes) {
    if (is_durable(change)) durable.push_back(&change);
  }
  return durable;
}

}  // namespace

Status Replay::run(store::RecordingReader& reader, std::optional<Instant> until) {
  const auto remark = [this](const std::string& text) {
    if (report_.remarks.size() < kRemarksMax) report_.remarks.push_back(text);
  };
  while (true) {
    auto item = TRY(reader.next());
    if (!item) break;
    if (auto* round = std::get_if<store::RecordedRound>(&*item)) {
      if (until && round->at > *until) break;
      if (!is_behind_gap_) replay(*round);
    } else if (auto* snapshot = std::get_if<store::RecordingReader::Snapshot>(&*item)) {
      const bool is_first = cluster_ == nullptr;
      if (!is_first && until && snapshot->head.at > *until) break;
      const bool follows = !is_first && !is_behind_gap_ && snapshot->head.round > 0 && snapshot->head.round == last_round_;
      if (follows) continue;
      const bool is_same_run = snapshot->head.round > last_round_;
      if (!is_first && !is_behind_gap_) {
        remark((is_same_run ? std::to_string(snapshot->head.round - last_round_) + " rounds are missing before "
                            : std::string("the scheduler began anew at ")) + to_iso8601(snapshot->head.at));
      }
      begin(std::move(*snapshot));
    } else if (const auto* gap = std::get_if<store::RecordingGap>(&*item)) {
      remark("at " + to_iso8601(report_.to) + " " + std::to_string(gap->rounds) + " rounds are missing: " + gap->why);
      is_behind_gap_ = true;
    } else {
      remark(std::get<store::RecordingReader::CutOff>(*item).where);
      is_behind_gap_ = true;
    }
  }
  if (cluster_ != nullptr) return Unit{};
  return Error{ErrorCode::DataLoss, report_.remarks.empty() ? "the recording is empty" : report_.remarks.front()};
}

void Replay::begin(store::RecordingReader::Snapshot snapshot) {
  head_ = std::move(snapshot.head);
  head_.settings.cron.zones = zones_;
  scheduler_host_ = head_.scheduler_host;
  cluster_ = std::make_unique<Cluster>(head_.settings.overhead, head_.settings.offer_order);
  for (const Change& change : snapshot.state) cluster_->apply(change);
  last_round_ = head_.round;
  is_behind_gap_ = false;
  if (report_.cluster_id.empty()) report_.from = head_.at;
  report_.to = std::max(report_.to, head_.at);
  report_.cluster_id = head_.settings.cluster_id;
}

void Replay::replay(const store::RecordedRound& round) {
  for (const store::RecordedDecision& decision : round.decisions) replay(round, decision);
  last_round_ = round.number;
  report_.to = round.at;
  ++report_.rounds;
}

void Replay::note_difference(const store::RecordedRound& round, const store::RecordedDecision& recorded, const std::string& was,
                             const std::string& is) {
  ++report_.difference_count;
  if (report_.differences.size() < kDifferencesKept)
    report_.differences.push_back({static_cast<int64_t>(round.number), round.at, store::to_text(recorded.command), was, is});
}

void Replay::replay(const store::RecordedRound& round, const store::RecordedDecision& recorded) {
  ++report_.commands;
  Rng rng(recorded.random);
  const Context context{round.at, rng, scheduler_host_, head_.settings};
  auto decided = recorded.mark ? decide_once(*cluster_, recorded.command, *recorded.mark, context)
                               : std::visit([&](const auto& command) { return decide(*cluster_, command, context); }, recorded.command);
  const std::string error = decided.ok() ? "" : decided.error().message;
  size_t next = 0;  // of what was recorded
  bool is_same = error == recorded.error.value_or("");
  if (!is_same) note_difference(round, recorded, recorded.error.value_or(""), error);
  Decision step;
  if (decided.ok() && is_same) step = std::move(*decided);
  for (int steps = 0; is_same && (!step.changes.empty() || !step.effects.empty() || !step.counts.empty()) && steps <= kFollowUpsMax; ++steps) {
    for (const Change* change : durable_ones(step.changes)) {
      const std::string is = store::to_text(*change);
      const std::string was = next < recorded.changes.size() ? store::to_text(recorded.changes[next]) : "";
      ++next;
      if (is == was) continue;
      note_difference(round, recorded, was, is);
      is_same = false;
      break;
    }
    for (const Change& change : step.changes) {
      if (is_same || !is_durable(change)) cluster_->apply(change);
    }
    if (is_same) step = follow_up(*cluster_, step.changes, context);
  }
  if (is_same && next < recorded.changes.size()) {
    note_difference(round, recorded, store::to_text(recorded.changes[next]), "");
    is_same = false;
  }
  if (is_same) return;
  for (const Change& change : recorded.changes) cluster_->apply(change);
}

}  // namespace aurora::scheduler
