#include "aurora/core/process/check_result.h"

#include "aurora/base/printable.h"

namespace aurora::core {
namespace {

constexpr size_t kBlanksMax = 4096;  // around an answer
constexpr size_t kCommandBytesMax = 500;
constexpr const char* kBlanks = " \t\n\r\f\v";

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string shortened(const std::string& text) {
  constexpr size_t kLength = 10;
  return utf8_only(text.size() < kLength ? text : text.substr(0, kLength - 3) + "...");
}

std::string cut(const std::string& text, size_t bytes_max) {
  return utf8_only(text.size() <= bytes_max ? text : text.substr(0, bytes_max) + "...");
}

}  // namespace

size_t answer_bytes_needed(const HttpCheck& check) {
  return check.expected_response.empty() ? 0 : check.expected_response.size() + kBlanksMax;
}

CheckFailure judge_answer(const HttpCheck& check, int status, const std::string& body) {
  const bool is_success = status >= 200 && status < 300;
  const std::string answer = is_success ? lower(trimmed(body)) : "";
  if (!check.expected_response.empty() && answer != lower(check.expected_response)) {
    return "Response differs from expected response (expected \"" + shortened(check.expected_response) +
           "\", got \"" + shortened(answer) + "\")";
  }
  if (check.expected_response_code != 0 && status != check.expected_response_code) {
    return "Response code differs from expected response (expected " +
           std::to_string(check.expected_response_code) + ", got " + std::to_string(status) + ")";
  }
  return std::nullopt;
}

CheckFailure no_answer(int32_t port, const std::string& endpoint, const std::string& why) {
  return "Failed to signal http://localhost:" + std::to_string(port) + cut(endpoint, kCommandBytesMax) +
         ": " + utf8_only(why);
}

CheckFailure judge_exit(const ShellCheck& check, int exit_code, const std::string& output) {
  if (exit_code == 0) return std::nullopt;
  return "Command '" + cut(check.command, kCommandBytesMax) + "' returned non-zero exit status " +
         std::to_string(exit_code) + " with output '" + cut(output, kCheckOutputBytesMax) + "'";
}

}  // namespace aurora::core
