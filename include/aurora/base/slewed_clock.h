// The time of a daemon whose deadlines are stored moments: wall-clock time that does not jump, and that
// passes only while the daemon attends.
//
// After somebody (a time daemon) has set the system's clock, time runs faster or slower until both agree
// again: nothing times out because an hour seems to have passed, and nothing waits for an hour to come back.
// Twice or half its speed is what every deadline bears: a host tells its state every 5 seconds, and is given
// up after 75.
//
// Time in which nobody looked counts against nobody. The thread that decides over deadlines takes its time
// from attendant(): each of its looks lets at most kUnattendedMax pass since the look before, and after a
// stall (kStall: the process was stopped, its machine suspended, a disk hung, a round computed for as long)
// hardly any for kHearAgain: in that time reports that waited are read, and those that were lost are told
// again. What is missing then is made up for slowly, unless it is more than kMadeUpSlowly. All other threads
// read now(): the time of the attendant's last look, so that no reader makes time pass either. Thread-safe; the
// attendant is one thread.
#pragma once

#include <mutex>

#include "aurora/base/clock.h"

namespace aurora {

class SlewedClock final : public Clock {
 public:
  static constexpr int64_t kParts = 16;    // of a millisecond, in which it counts
  static constexpr int64_t kFastest = 32;  // of these pass in a millisecond, while it is far behind
  static constexpr int64_t kFaster = 18;   // while it is behind
  static constexpr int64_t kSlowest = 8;   // while it is ahead
  static constexpr int64_t kHearing = 2;   // for a while after a stall
  static constexpr Duration kMadeUpSlowly = minutes(10);
  static constexpr Duration kUnattendedMax = seconds(2);
  static constexpr Duration kStall = seconds(10);
  static constexpr Duration kHearAgain = seconds(20);  // an executor's answer_timeout

  explicit SlewedClock(
      const Clock& system);  // begins with the system's time; attended once attendant() looks
  Instant now() const override;
  Duration monotonic() const override { return system_.monotonic(); }

  Clock& attendant() { return attendant_; }

 private:
  class Attendant final : public Clock {
   public:
    explicit Attendant(const SlewedClock& clock) : clock_(clock) {}
    Instant now() const override { return clock_.attend(); }
    Duration monotonic() const override { return clock_.monotonic(); }

   private:
    const SlewedClock& clock_;
  };

  Instant attend() const;
  void pass_until(Duration monotonic) const;  // REQUIRES: mutex_
  void tell(int64_t behind_ms) const;

  const Clock& system_;
  Attendant attendant_{*this};
  mutable std::mutex mutex_;
  mutable int64_t now_parts_;
  mutable Duration looked_at_;  // monotonic, up to where time has passed
  mutable bool is_attended_ = false;
  mutable Duration attended_at_;    // monotonic, the attendant's last look
  mutable Duration hearing_until_;  // monotonic
  mutable bool is_slewing_ = false;
};

}  // namespace aurora
