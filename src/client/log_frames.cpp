#include "client/log_frames.h"

#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

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

LogPiece to_piece(const codec::JsonValue& head, std::string_view text) {
  LogPiece piece{.task_id = head.string_or("taskId", ""), .process = head.string_or("process", ""), .time_ms = {}, .text = std::string(text)};
  piece.is_error = head.string_or("stream", "") == "stderr";
  if (const auto* time = head.find("timeMs"); time != nullptr && time->as_int().ok()) piece.time_ms = *time->as_int();
  piece.has_lost = head.bool_or("hasLost", false);
  return piece;
}

}  // namespace

Result<LogAnswer> parse_log_answer(std::string_view body) {
  LogAnswer answer;
  while (!body.empty()) {
    const size_t end = body.find('\n');
    if (end == std::string_view::npos) return broken("a line without an end");
    const auto head = codec::JsonValue::parse(body.substr(0, end));
    if (!head.ok() || !head->is_object()) return broken("a line that is no JSON object");
    body.remove_prefix(end + 1);
    if (head->find("nowMs") != nullptr) {
      answer.now_ms = head->int_or("nowMs", 0);
    } else if (head->find("bytes") != nullptr) {
      const int64_t bytes = head->int_or("bytes", -1);
      if (bytes < 0 || static_cast<uint64_t>(bytes) > body.size()) return broken("it ends in the middle");
      answer.pieces.push_back(to_piece(*head, body.substr(0, static_cast<size_t>(bytes))));
      body.remove_prefix(static_cast<size_t>(bytes));
    } else {
      answer.states.push_back(to_state(*head));
    }
  }
  if (answer.now_ms == 0) return broken("it has no end");
  return answer;
}

}  // namespace aurora::client
