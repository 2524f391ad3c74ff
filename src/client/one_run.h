// A command in one task whose output is collected: through the scheduler, or by ssh. One thread; never waits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/exec_call.h"
#include "client/output_spool.h"

namespace aurora::client {

class OneRun {
 public:
  virtual ~OneRun() = default;
  // Takes what has come. False: it is over.
  virtual bool advance(OutputSpool& output) = 0;
  virtual int descriptor() const = 0;  // to be watched for reading; -1: events of the WebSockets wake
  // Once it is over.
  struct Outcome {
    enum class Kind {
      Ended,    // with `code`
      Failed,   // could not be run, or was lost: `error`
      Busy,     // not begun: too many are open; another try is worth while
      NoServer  // nothing answers at the scheduler's address
    };
    Kind kind = Kind::Ended;
    int code = 0;
    Error error = {};
  };
  virtual Outcome outcome() = 0;
};

std::unique_ptr<OneRun> run_by_exec(net::WebSocketClients& sockets, SchedulerClient& scheduler, const core::JobKey& job,
                                    int32_t instance, const std::string& line);
// `words`: of a program on this machine.
std::unique_ptr<OneRun> run_by_program(const std::vector<std::string>& words);

}  // namespace aurora::client
