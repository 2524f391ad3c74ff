// Expected failures as values. Result<T> holds a T or an Error; bugs are AURORA_CHECK.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aurora {

// One table maps these to HTTP statuses (api/http_status) and one to exit codes (client/exit_code).
enum class ErrorCode {
  InvalidArgument,     // the request can never succeed as it is
  NotFound,            // the thing named does not exist
  AlreadyExists,       // creating it again is refused
  FailedPrecondition,  // the state does not allow it (e.g. the job is being updated)
  ResourceExhausted,   // a limit, a quota, a full disk
  PermissionDenied,
  Unavailable,  // try again later: not started yet, host does not answer
  DeadlineExceeded,
  DataLoss,  // stored bytes that cannot be read
  Internal,
};

std::string_view error_code_name(ErrorCode code);

// A message names the thing, the limit and the next step, in one sentence a user can act on.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  std::vector<std::string> details = {};  // further lines, e.g. candidates
};

struct Unit {
  friend bool operator==(Unit, Unit) { return true; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // REQUIRES: ok()
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // REQUIRES: !ok()
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Unit>;

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace aurora

// Evaluates to the value of a Result, or returns its error from the enclosing function.
#define TRY(expression)                                                             \
  __extension__({                                                                   \
    auto try_result = (expression);                                                 \
    if (!try_result.ok()) return ::aurora::Error(std::move(try_result).error());    \
    std::move(try_result).value();                                                  \
  })

// A broken promise of our own code: prints where and ends the process. Never for user input.
#define AURORA_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::aurora::check_failed(#condition, __FILE__, __LINE__))
