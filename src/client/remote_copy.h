// A file of a task, through commands of a POSIX shell in it: `cat` to read; `cat`, `wc`, `chmod`, `mv` and `rm` to write. A task
// whose image lacks one is told about with its name. What is written is beside its place until it is whole. One thread.
#pragma once

#include <string>
#include <vector>

#include "client/copy_path.h"
#include "client/exec_call.h"
#include "client/local_copy.h"

namespace aurora::client {

std::vector<std::string> fetch_words(const std::string& path, bool is_executor_sandbox);
// `name`: of the file, if `path` is a folder; `needs_folder`: it must be one.
struct StoreWish {
  std::string path = {};
  std::string name = {};
  bool needs_folder = false;
};
std::vector<std::string> store_words(const StoreWish& wish, const FileFacts& facts, bool is_executor_sandbox);

// The first line of what is fetched: its facts. Absent: it is not there yet; an error: it never will be.
Result<std::optional<FileFacts>> take_facts(std::string& received);

class RemoteCopy {
 public:
  RemoteCopy(Session& session, net::WebSocketClients& sockets, SchedulerClient& scheduler, bool is_executor_sandbox)
      : session_(session), sockets_(sockets), scheduler_(scheduler), is_executor_sandbox_(is_executor_sandbox) {}

  // What it is told of goes into `writer`, which the caller finishes. Unavailable and PermissionDenied concern all copies,
  // other errors this one.
  Result<FileFacts> fetch(const TaskPlace& task, const std::string& path, LocalWriter& writer);
  Status store(const TaskPlace& task, const StoreWish& wish, LocalReader& reader);
  bool is_interrupted() const { return is_interrupted_; }

 private:
  struct Transfer;
  Result<ExecCall> begin(const TaskPlace& task, std::vector<std::string> words);
  Status take(Transfer& transfer, LocalWriter& writer);
  Status wait();
  void show(const std::string& name, int64_t done, int64_t total);

  Session& session_;
  net::WebSocketClients& sockets_;
  SchedulerClient& scheduler_;
  const bool is_executor_sandbox_;
  bool is_interrupted_ = false;
  Duration shown_at_;
};

}  // namespace aurora::client
