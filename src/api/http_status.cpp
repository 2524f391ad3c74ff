#include "api/http_status.h"

#include "aurora/codec/json_value.h"

namespace aurora::api {
namespace {

// What a request says may come back in its error: enough to recognise it, not all of a hostile body. The end of a
// message says what can be done.
constexpr size_t kBeginningKept = 1000;
constexpr size_t kEndKept = 500;

std::string shorten(std::string_view text) {
  if (text.size() <= kBeginningKept + kEndKept) return std::string(text);
  return std::string(text.substr(0, kBeginningKept)) + " ... " + std::string(text.substr(text.size() - kEndKept));
}

}  // namespace
int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::AlreadyExists:
      return 409;
    case ErrorCode::FailedPrecondition:
      return 409;
    case ErrorCode::ResourceExhausted:
      return 429;
    case ErrorCode::PermissionDenied:
      return 403;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::DeadlineExceeded:
      return 504;
    case ErrorCode::DataLoss:
      return 500;
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

net::Response to_response(const Error& error) {
  codec::JsonArray details;
  for (const std::string& detail : error.details) details.add(shorten(detail));
  net::Response response;
  response.status = http_status(error.code);
  response.body = codec::JsonObject()
                      .add("code", error_code_name(error.code))
                      .add("message", shorten(error.message))
                      .add_raw("details", details.text())
                      .text();
  return response;
}

}  // namespace aurora::api
