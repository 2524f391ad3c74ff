#include "client/log_frames.h"

#include <algorithm>
#include <utility>

#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

constexpr size_t kHeadBytesMax = 1u << 20;
constexpr int64_t kPieceBytesMax = 16 << 20;  // hosts send 64 KiB, or one line, of which they show as much

Error broken(const std::string& what) {
  return {ErrorCode::DataLoss, "The host answers with something else than logs: " + what + "; is its executor of another version?"};
}

LogState to_state(const codec::JsonValue& head) {
  LogState state{.task_id = head.string_or("taskId", ""), .cursor = head.string_or("cursor", ""), .seen = {}, .error = {}};
  if (const auto* seen = head.find("seen"); seen != nullptr && seen->as_int().ok()) state.seen = *seen->as_int();
  state.processes = head.int_or("processes", 0);
  state.has_more = head.bool_or("hasMore", false);
  state.has_ended = head.bool_or("hasEnded", false);
  if (const auto* error = head.find("error")) {
    const bool is_unknown = error->string_or("code", "") == error_code_name(ErrorCode::NotFound);
    state.error = Error{is_unknown ? ErrorCode::NotFound : ErrorCode::Internal, error->string_or("message", "")};
  }
  return state;
}

LogPiece to_piece(const codec::JsonValue& head) {
  LogPiece piece{.task_id = head.string_or("taskId", ""), .process = head.string_or("process", ""), .time_ms = {}};
  piece.is_error = head.string_or("stream", "") == "stderr";
  if (const auto* time = head.find("timeMs"); time != nullptr && time->as_int().ok()) piece.time_ms = *time->as_int();
  piece.has_lost = head.bool_or("hasLost", false);
  return piece;
}

}  // namespace

Status LogAnswerReader::add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (text_left_ > 0) {
      bytes.remove_prefix(add_to_text(bytes));
      continue;
    }
    bytes.remove_prefix(add_to_head(bytes));
    if (head_.size() > kHeadBytesMax) return broken("a line that does not end");
    if (!head_.ends_with('\n')) continue;
    TRY(take_head());
    head_.clear();
  }
  return Unit{};
}

size_t LogAnswerReader::add_to_text(std::string_view bytes) {
  const size_t count = std::min(text_left_, bytes.size());
  pieces_.back().text += bytes.substr(0, count);
  text_left_ -= count;
  return count;
}

size_t LogAnswerReader::add_to_head(std::string_view bytes) {
  const size_t count = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
  head_ += bytes.substr(0, count);
  return count;
}

Status LogAnswerReader::take_head() {
  const auto head = codec::JsonValue::parse(head_);
  if (!head.ok() || !head->is_object()) return broken("a line that is no JSON object");
  if (head->find("nowMs") != nullptr) {
    now_ms_ = head->int_or("nowMs", 0);
  } else if (head->find("bytes") != nullptr) {
    const int64_t bytes = head->int_or("bytes", -1);
    if (bytes < 0 || bytes > kPieceBytesMax) return broken("a text of " + std::to_string(bytes) + " bytes");
    pieces_.push_back(to_piece(*head));
    text_left_ = static_cast<size_t>(bytes);
    pieces_.back().text.reserve(text_left_);
  } else {
    take_({std::exchange(pieces_, {}), to_state(*head)});
  }
  return Unit{};
}

Result<int64_t> LogAnswerReader::finish() const {
  if (text_left_ > 0 || !head_.empty() || now_ms_ == 0) return broken("it ends in the middle");
  return now_ms_;
}

}  // namespace aurora::client
