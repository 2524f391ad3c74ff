#include "aurora/core/commands/command.h"

namespace aurora::core {
namespace {

constexpr size_t kForgottenAtOnce = 2;  // for one that is added: in the end none is kept for nothing

// What is too old; or the oldest, when there are too many.
void forget_some(const Cluster& cluster, Instant now, Decided& decision) {
  size_t left = cluster.answered_request_count();
  for (const AnsweredRequest* request : cluster.list_oldest_answered_requests(kForgottenAtOnce)) {
    if (now - request->at < kAnswersKeptFor && left < kAnswersKeptMax) return;
    decision.changes.push_back(RequestForgotten{request->key});
    --left;
  }
}

}  // namespace

Result<Decided> decide_once(const Cluster& cluster, const Command& command, const RequestMark& mark, const Context& context) {
  const AnsweredRequest* known = cluster.find_answered_request(mark.key);
  if (known != nullptr && context.now - known->at < kAnswersKeptFor) {
    if (known->fingerprint != mark.fingerprint) {
      return Error{ErrorCode::InvalidArgument,
                   "Another request had the idempotency key '" + mark.key + "'; each needs one of its own"};
    }
    Decided repeated;
    repeated.answer = Message{known->message, known->count};
    return repeated;
  }
  Decided decision = TRY(std::visit([&](const auto& c) { return decide(cluster, c, context); }, command));
  const auto* message = std::get_if<Message>(&decision.answer);
  if (message == nullptr) return decision;
  forget_some(cluster, context.now, decision);  // first: it may be of this very key
  decision.changes.push_back(
      RequestAnswered{{mark.key, mark.fingerprint, context.now, message->text, message->count}});
  return decision;
}

}  // namespace aurora::core
