#include "codec/health_payload.h"

#include <algorithm>
#include <cmath>

#include "aurora/base/digits.h"
#include "aurora/core/process/task_plan.h"
#include "codec/interpolate.h"

namespace aurora::codec {
namespace {

constexpr size_t kEndpointBytesMax = 2048;

Error invalid(std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; }

const JsonValue& member_of(const JsonValue& json, std::string_view name) {
  static const JsonValue none;
  const JsonValue* found = json.find(name);
  return found != nullptr ? *found : none;
}

Duration duration_of(const JsonValue& json, std::string_view name, Duration fallback) {
  constexpr double kLongestSecs = 100.0 * 365 * 86'400;  // sums of them stay far from overflow
  const JsonValue* value = json.find(name);
  if (value == nullptr || !value->is_number()) return fallback;
  return milliseconds(std::llround(std::clamp(*value->as_double(), 0.0, kLongestSecs) * 1000));
}

int32_t count_of(const JsonValue& json, std::string_view name, int32_t fallback) {
  return static_cast<int32_t>(std::clamp<int64_t>(json.int_or(name, fallback), 0, INT32_MAX));
}

using References = std::map<std::string, std::string>;

Result<std::string> endpoint_of(const JsonValue& json, std::string_view name, const std::string& fallback,
                                const References& references) {
  std::string endpoint = interpolate(json.string_or(name, fallback), references).text;
  if (endpoint.size() > kEndpointBytesMax) {
    return invalid(std::string(name) + " is " + grouped_digits(static_cast<int64_t>(endpoint.size())) +
                   " bytes long; at most " + grouped_digits(int64_t{kEndpointBytesMax}) + " are sent");
  }
  return endpoint;
}

core::HealthPolicy policy_of(const JsonValue& json) {
  core::HealthPolicy policy;
  policy.initial_interval = duration_of(json, "initial_interval_secs", policy.initial_interval);
  policy.interval = duration_of(json, "interval_secs", policy.interval);
  policy.timeout = duration_of(json, "timeout_secs", policy.timeout);
  policy.max_consecutive_failures =
      count_of(json, "max_consecutive_failures", policy.max_consecutive_failures);
  policy.min_consecutive_successes =
      count_of(json, "min_consecutive_successes", policy.min_consecutive_successes);
  return policy;
}

Result<core::ShellCheck> parse_shell(const JsonValue& shell, const References& references) {
  core::ShellCheck check{interpolate(TRY(shell.get_string("shell_command")), references).text};
  if (check.command.find('\0') != std::string::npos)
    return invalid("shell_command holds a NUL character, which no program can be given");
  if (check.command.size() > core::kCommandLineBytesMax) {
    return invalid("shell_command is " + grouped_digits(static_cast<int64_t>(check.command.size())) +
                   " bytes long; Linux runs commands of at most " +
                   grouped_digits(int64_t{core::kCommandLineBytesMax}));
  }
  return check;
}

Result<core::HttpCheck> parse_http(const JsonValue& json, int32_t port, const References& references) {
  core::HttpCheck check;
  check.port = port;
  check.endpoint = TRY(endpoint_of(json, "endpoint", check.endpoint, references));
  check.expected_response =
      interpolate(json.string_or("expected_response", check.expected_response), references).text;
  check.expected_response_code = count_of(json, "expected_response_code", check.expected_response_code);
  return check;
}

}  // namespace

Result<std::optional<core::HealthPlan>> parse_health(const JsonValue& job,
                                                     const std::map<std::string, int32_t>& ports,
                                                     const References& references) {
  const JsonValue& config = member_of(job, "health_check_config");
  const JsonValue& checker = member_of(config, "health_checker");
  if (const JsonValue* shell = checker.find("shell"))
    return std::optional(core::HealthPlan{TRY(parse_shell(*shell, references)), policy_of(config)});
  const auto port = ports.find("health");
  if (port == ports.end()) return std::optional<core::HealthPlan>();
  const JsonValue* http =
      checker.find("http");  // configurations of before 0.12 have its fields beside the others
  return std::optional(core::HealthPlan{
      TRY(parse_http(http != nullptr ? *http : config, port->second, references)), policy_of(config)});
}

Result<std::optional<core::ShutdownPlan>> parse_shutdown(const JsonValue& job,
                                                         const std::map<std::string, int32_t>& ports,
                                                         const References& references) {
  const JsonValue* http = member_of(job, "lifecycle").find("http");
  if (http == nullptr) return std::optional<core::ShutdownPlan>();
  const auto port = ports.find(http->string_or("port", "health"));
  if (port == ports.end()) return std::optional<core::ShutdownPlan>();
  core::ShutdownPlan plan;
  plan.port = port->second;
  plan.graceful_endpoint =
      TRY(endpoint_of(*http, "graceful_shutdown_endpoint", plan.graceful_endpoint, references));
  plan.endpoint = TRY(endpoint_of(*http, "shutdown_endpoint", plan.endpoint, references));
  plan.graceful_wait = duration_of(*http, "graceful_shutdown_wait_secs", plan.graceful_wait);
  plan.wait = duration_of(*http, "shutdown_wait_secs", plan.wait);
  return std::optional(plan);
}

}  // namespace aurora::codec
