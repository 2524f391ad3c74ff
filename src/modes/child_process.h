// A child of devcluster: started in a process group of its own, its lines passed on with a prefix, stopped when this
// process dies, however it dies. Used by one thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora {

class ChildProcess {
 public:
  // `program` with `arguments` (argv[0] not among them). `name` is the prefix of its lines.
  static Result<ChildProcess> start(const std::string& name, const std::string& program,
                                    const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  const std::string& name() const { return name_; }
  pid_t pid() const { return pid_; }
  int output() const { return output_; }  // to poll; -1 once closed
  // Whole lines that have arrived, each with the prefix; the rest of a line when it is over-long or the child has gone.
  std::vector<std::string> read_lines();
  // How it ended ("exit status 1", "signal 9"), once it has; it is then reaped.
  bool poll_end(std::string& how);
  void signal(int number) const;

 private:
  ChildProcess() = default;
  std::string name_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::string partial_;
};

}  // namespace aurora
