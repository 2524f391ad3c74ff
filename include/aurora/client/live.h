// Views that go on: `job watch` and `top` (and `update start --wait`, client/update_watch.h). On a terminal they are drawn in place, again and again; into a pipe they are lines.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/client/session.h"

namespace aurora::client {

struct JobWatchOptions {
  std::string key = {};  // with instances: those
  double interval_secs = 1;
  bool is_json = false;  // each change as an object on a line
};
// Until the job has no active task, which is 0; 6: there is no such job.
int job_watch(Session& session, const JobWatchOptions& options);

struct TopOptions {
  std::string target = {};  // CLUSTER[/ROLE[/ENV/NAME]]; empty: the cluster, if only one is known
  std::string sort = "cpu";
  double interval_secs = 5;
  int64_t rows = 0;    // at most; 0: what fits on a terminal, else all
  int64_t looks = 0;   // at most; 0: until ^C
  bool is_json = false;
};
int top(Session& session, const TopOptions& options);

}  // namespace aurora::client
