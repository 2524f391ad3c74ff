// What a user writes as the schedule of a cron job.
#include "aurora/core/cron/cron_schedule.h"
#include "fuzz/targets.h"
#include "support/table_zone.h"

namespace aurora::fuzz {

void cron_schedule(std::string_view input) {
  const auto schedule = core::parse_cron_schedule(input);
  if (!schedule.ok()) return promise(!schedule.error().message.empty(), "a refusal says why");
  const std::string canonical = core::to_canonical(*schedule);
  const auto again = core::parse_cron_schedule(canonical);
  // The canonical form may be longer than what is read.
  if (canonical.size() <= core::kScheduleBytesMax)
    promise(again.ok() && *again == *schedule, "a schedule reads back from its canonical form");
  const test::TableZone zone = test::berlin();
  Instant last{1'774'700'000'000};  // some hours before clocks are put forward
  for (int i = 0; i < 10; ++i) {
    const auto due = core::next_due(*schedule, zone, last);
    promise(due.has_value(), "there is always a next moment");
    promise(*due > last, "moments come one after the other");
    promise(due->ms % 60'000 == 0, "a moment is a whole minute");
    last = *due;
  }
}

}  // namespace aurora::fuzz
