// What a wait is for, once it has lasted three seconds, and again when that changes: a command that only stands still
// leaves it open whether anything will come of it. Log lines. One thread.
#pragma once

#include "client/task_view.h"

namespace aurora::client {

class WaitNotice {
 public:
  explicit WaitNotice(Session& session) : session_(session), begin_(session.world().clock.monotonic()) {}

  bool is_due() const;  // worth finding out for what
  // Unless a text of this kind was the last one: counts in it change all the time.
  void say(const std::string& kind, const std::string& text);

 private:
  Session& session_;
  Duration begin_;
  std::optional<std::string> said_;
};

struct Waiting {
  std::string kind;  // of what is furthest from its goal
  std::string text;  // "3 PENDING: Insufficient: CPU on 40 of 40 hosts; 2 STARTING"
};
// What keeps these tasks where they are. REQUIRES: not empty.
Waiting describe_waiting(const std::vector<const TaskView*>& tasks);

}  // namespace aurora::client
