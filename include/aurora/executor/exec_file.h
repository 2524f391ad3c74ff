// What is kept of the commands that somebody ran in a task's sandbox: <state>/tasks/<task>/execs, a line of
// JSON at the beginning of each and one at its end. The latest kExecsKept at least; a file that grows beyond
// some 64 KiB is written anew with these.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/base/fields.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace aurora::executor {

constexpr size_t kExecsKept = 50;

struct ExecRecord {
  std::string id = {};  // of this host
  std::string who = {};
  std::vector<std::string> command = {};  // empty: a shell
  bool has_terminal = false;
  Instant began_at = {};
  std::optional<Instant> ended_at = {};  // absent: it runs, or the executor did not live to see its end
  std::optional<int32_t> exit_code = {};
  std::optional<std::string> signal = {};  // "KILL": what ended it
  std::string reason = {};                 // why it was ended; empty: it ended by itself
};
void fields(Is<ExecRecord> auto& r, auto&& visit) {
  visit("id", r.id);
  visit("who", r.who);
  visit("command", r.command);
  visit("hasTerminal", r.has_terminal);
  visit("beganAtMs", r.began_at);
  visit("endedAtMs", r.ended_at);
  visit("exitCode", r.exit_code);
  visit("signal", r.signal);
  visit("reason", r.reason);
}

// Oldest first; what is damaged is left out. Empty if there is none.
std::vector<ExecRecord> read_execs(const std::string& path);
// Takes the place of the record with its id, or is a new one.
Status append_exec(const std::string& path, ExecRecord record);

}  // namespace aurora::executor
