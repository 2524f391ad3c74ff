#include "client/host_holds.h"

#include <utility>

#include "aurora/base/printable.h"

namespace aurora::client {
namespace {

constexpr size_t kHoldsTold = 3;  // of a host in one line

int64_t unknown_in(const codec::JsonValue& host) { return host.int_or("unknownTaskCount", 0); }

}  // namespace

std::vector<std::string> describe_holds(const codec::JsonValue& host, size_t most) {
  std::vector<std::string> lines;
  const codec::JsonValue* tasks = host.find("tasks");
  if (tasks != nullptr) {
    for (const codec::JsonValue& task : tasks->items()) {
      if (lines.size() == most) break;
      lines.push_back(printable_line(task.string_or("instance", "")) + " (" + task.string_or("status", "") +
                      "): " + printable_line(task.string_or("why", "")));
    }
  }
  // The tasks of a host that is not being drained are not listed, and hold nothing up.
  const int64_t more = host.int_or("taskCount", 0) - static_cast<int64_t>(lines.size());
  if (host.string_or("mode", "") == "DRAINING" && more > 0) lines.push_back(std::to_string(more) + " more");
  if (const int64_t unknown = unknown_in(host); unknown > 0) {
    lines.push_back(std::to_string(unknown) +
                    " that the scheduler does not know: `aurora admin unknown_tasks` lists, kills or adopts them");
  }
  return lines;
}

void HoldsNotice::tell(const codec::JsonValue& host) {
  const std::string name = host.string_or("host", "");
  const std::string mode = host.string_or("mode", "");
  std::string text = mode;
  if (mode != "DRAINED") {
    const int64_t left = host.int_or("taskCount", 0) + unknown_in(host);
    text += ", " + std::to_string(left) + (left == 1 ? " task left" : " tasks left");
    const char* separator = ": ";
    for (const std::string& line : describe_holds(host, kHoldsTold)) text += std::exchange(separator, "; ") + line;
  }
  if (std::exchange(told_[name], text) != text) session_.console().info(printable_line(name) + ": " + text);
}

}  // namespace aurora::client
