#include "aurora/client/exit_code.h"

namespace aurora::client {
namespace {

struct Meaning {
  ErrorCode code;
  bool is_refusal;
  ExitCode exit;  // unless it is a refusal
  std::string_view response;
};

constexpr Meaning kMeanings[] = {
    {ErrorCode::InvalidArgument, true, ExitCode::ApiError, "INVALID_REQUEST"},
    {ErrorCode::NotFound, true, ExitCode::ApiError, "INVALID_REQUEST"},
    {ErrorCode::AlreadyExists, true, ExitCode::ApiError, "INVALID_REQUEST"},
    {ErrorCode::FailedPrecondition, true, ExitCode::ApiError, "LOCK_ERROR"},
    {ErrorCode::ResourceExhausted, true, ExitCode::ApiError, "INVALID_REQUEST"},
    {ErrorCode::PermissionDenied, false, ExitCode::AuthError, "AUTH_FAILED"},
    {ErrorCode::Unavailable, false, ExitCode::NetworkError, "ERROR_TRANSIENT"},
    {ErrorCode::DeadlineExceeded, false, ExitCode::Timeout, "ERROR"},
    {ErrorCode::DataLoss, false, ExitCode::Unknown, "ERROR"},
    {ErrorCode::Internal, true, ExitCode::ApiError, "ERROR"},
};

const Meaning& meaning_of(ErrorCode code) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) return meaning;
  }
  return kMeanings[std::size(kMeanings) - 1];
}

}  // namespace

bool is_refusal(ErrorCode code) { return meaning_of(code).is_refusal; }

ExitCode exit_code_of(ErrorCode code, ExitCode refused) {
  const Meaning& meaning = meaning_of(code);
  return meaning.is_refusal ? refused : meaning.exit;
}

std::string_view response_code_name(ErrorCode code) { return meaning_of(code).response; }

}  // namespace aurora::client
