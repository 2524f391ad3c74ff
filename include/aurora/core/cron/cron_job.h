// A job that runs by the clock: what is to run, and how far its schedule has been followed (Aurora 0.22,
// spec/scheduler.md §10).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/optional_box.h"
#include "aurora/base/time.h"
#include "aurora/core/job/job.h"

namespace aurora::core {

// What somebody asked for; changes only when somebody asks again.
struct CronJob {
  JobConfiguration job;  // its schedule is set and valid
  std::string user;      // who scheduled it last
  Instant scheduled_at;  // when
  friend bool operator==(const CronJob&, const CronJob&) = default;
};
void fields(Is<CronJob> auto& c, auto&& visit) {
  visit("job", c.job);
  visit("user", c.user);
  visit("scheduledAt", c.scheduled_at);
}

enum class CronOutcome {
  Started = 1,    // its tasks were made
  Waiting = 2,    // for the end of the tasks of the run before, which were asked to end
  Cancelled = 3,  // tasks of the run before were still active, and the policy is CANCEL_NEW
  Ignored = 4,    // the run before still waited
  Missed = 5,     // nobody was there at its moment
  Failed = 6,     // `message` says why: the quota, another zone's rules, ...
};

struct CronRun {
  Instant due;         // by the schedule; when it was asked for, if somebody did
  Instant started_at;  // when its outcome was found
  CronOutcome outcome = CronOutcome::Started;
  std::string user;     // who asked for it; empty: the clock
  std::string message;  // what a reader may want to know
  friend bool operator==(const CronRun&, const CronRun&) = default;
};
void fields(Is<CronRun> auto& r, auto&& visit) {
  visit("due", r.due);
  visit("startedAt", r.started_at);
  visit("outcome", r.outcome);
  visit("user", r.user);
  visit("message", r.message);
}

// A run that begins when no task of the job is active any more.
struct CronWait {
  Instant due;            // of the run
  Instant next_look;      // at whether they have ended
  int32_t looks = 0;      // that were taken: the next is later each time
  friend bool operator==(const CronWait&, const CronWait&) = default;
};
void fields(Is<CronWait> auto& w, auto&& visit) {
  visit("due", w.due);
  visit("nextLook", w.next_look);
  visit("looks", w.looks);
}

constexpr size_t kCronRunsKept = 20;

struct CronProgress {
  Instant followed_to;         // every moment of the schedule until here, included, is dealt with
  OptionalBox<CronWait> wait;  // absent: no run waits
  std::vector<CronRun> runs;   // the last ones, oldest first, kCronRunsKept at most
  friend bool operator==(const CronProgress&, const CronProgress&) = default;
};
void fields(Is<CronProgress> auto& p, auto&& visit) {
  visit("followedTo", p.followed_to);
  visit("wait", p.wait);
  visit("runs", p.runs);
}

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::CronOutcome> {
  using enum aurora::core::CronOutcome;
  static constexpr std::array<EnumName<aurora::core::CronOutcome>, 6> values{{{Started, "STARTED"},
                                                                              {Waiting, "WAITING"},
                                                                              {Cancelled, "CANCELLED"},
                                                                              {Ignored, "IGNORED"},
                                                                              {Missed, "MISSED"},
                                                                              {Failed, "FAILED"}}};
};
