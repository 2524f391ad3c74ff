#include "client/event_line.h"

#include <algorithm>
#include <set>

#include "aurora/base/printable.h"

namespace aurora::client {
namespace {

std::string shown_time(int64_t ms) {
  std::string text = to_iso8601({ms});  // 2026-01-31T23:59:59.123Z
  std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string subject_of(const codec::JsonValue& event) {
  const std::string role = event.string_or("role", "");
  if (role.empty()) return event.string_or("host", "");
  std::string subject = role;
  for (const char* part : {"environment", "name"}) {
    const std::string text = event.string_or(part, "");
    if (!text.empty()) subject += "/" + text;
  }
  if (event.find("instanceId") != nullptr) subject += "/" + std::to_string(event.int_or("instanceId", 0));
  return subject;
}

}  // namespace

std::string event_line(const codec::JsonValue& event) {
  constexpr size_t kTypeWidth = 6;  // of "update"
  std::string type = event.string_or("type", "");
  type.resize(std::max(type.size(), kTypeWidth), ' ');
  std::string line = shown_time(event.int_or("timestamp", 0)) + "  " + type + "  " + subject_of(event) + "  ";
  const std::string from = event.string_or("from", "");
  line += (from.empty() ? "" : from + " -> ") + event.string_or("to", "");
  const std::string host = event.string_or("host", "");
  if (!host.empty() && event.find("role") != nullptr) line += " on " + host;
  const std::string user = event.string_or("user", "");
  if (!user.empty()) line += " by " + user;
  const std::string message = event.string_or("message", "");
  if (!message.empty()) line += ": " + message;
  const std::string reason = event.string_or("reason", "");
  if (!reason.empty() && message.find(reason) == std::string::npos) line += " (" + reason + ")";
  return printable_line(line);
}

Tone tone_of_event(const codec::JsonValue& event) {
  static const std::set<std::string> kBad = {"FAILED", "LOST",   "PARTITIONED", "DOWN", "ERROR", "ROLLED_BACK", "ROLLING_BACK",
                                             "MISSED", "INSTANCE_UPDATE_FAILED", "INSTANCE_ROLLBACK_FAILED"};
  static const std::set<std::string> kGood = {"RUNNING", "FINISHED", "UP", "ROLLED_FORWARD", "INSTANCE_UPDATED"};
  static const std::set<std::string> kAttention = {"THROTTLED", "PREEMPTING", "DRAINING", "LEAVING", "ABORTED", "CANCELLED",
                                                   "ROLL_FORWARD_PAUSED", "ROLL_FORWARD_AWAITING_PULSE"};
  const std::string to = event.string_or("to", "");
  return kBad.contains(to) ? Tone::Bad : kGood.contains(to) ? Tone::Good : kAttention.contains(to) ? Tone::Attention : Tone::Plain;
}

}  // namespace aurora::client
