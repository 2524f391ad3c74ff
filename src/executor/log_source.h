// The streams that a query chooses, opened, each where the query begins to read it.
#pragma once

#include <string>
#include <vector>

#include "executor/log_cursor.h"
#include "executor/log_text.h"

namespace aurora::executor {

struct LogSource {
  LogKey key;
  std::string process;
  bool is_over = false;  // nobody writes any more
  bool has_lost = false;  // the cursor led into a file that is gone: what came behind it may have gone with it
  LogText text;
};
struct LogSources {
  std::vector<LogSource> streams;        // without empty ones; by process, run and stream
  std::map<uint32_t, int32_t> last_run;  // that was chosen, of each process
};
// `now`: when lines that are newer than all moments of their file were written.
Result<LogSources> open_sources(const TaskLogs& logs, const LogQuery& query, Instant now,
                                const FindDeletedLog& find_deleted);

}  // namespace aurora::executor
