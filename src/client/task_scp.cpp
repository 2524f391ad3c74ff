// `task scp SRC... DEST`: files to, from and between tasks (spec/client.md §6.7).
#include <algorithm>
#include <map>

#include "aurora/client/inside.h"
#include "client/remote_copy.h"
#include "client/ssh_command.h"

namespace aurora::client {
namespace {

constexpr size_t kPieceBytes = 256u << 10;

std::string folder_for_files(const FindVariable& variable) {
  const auto folder = variable("TMPDIR");
  return folder && !folder->empty() ? *folder : "/tmp";
}

std::string without_line_ends(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

class TaskCopies {
 public:
  TaskCopies(Session& session, const TaskCopyOptions& options) : session_(session), options_(options) {}

  int run() {
    for (const std::string& text : options_.paths) {
      const auto path = parse_copy_path(text);
      if (!path.ok()) return session_.fail(ExitCode::InvalidParameter, path.error().message);
      paths_.push_back(*path);
      if (const auto stop = find_task(paths_.back())) return *stop;
    }
    return options_.ssh.is_used() ? run_scp() : copy_all();
  }

 private:
  // Looks for its task, and makes its path the task's. Absent: it is there, or none is needed; else the exit code.
  std::optional<int> find_task(CopyPath& path) {
    if (!path.task) return std::nullopt;
    const TaskPlace& place = *path.task;
    const std::string name = to_string(place);
    if (!tasks_.contains(name)) {
      const auto scheduler = find_scheduler(place.path.cluster);
      if (!scheduler.ok()) return session_.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
      const auto tasks = list_live_tasks(**scheduler, place.path.job, std::set<int32_t>{place.instance});
      if (!tasks.ok()) {
        return session_.fail(tasks.error(), "Unable to get information about instance: " + tasks.error().message,
                             ExitCode::ApiError);
      }
      if (tasks->empty()) return session_.fail(ExitCode::InvalidParameter, "Job or instance " + name + " not found");
      tasks_.emplace(name, tasks->front());
    }
    const auto inside = path_in_task(path.path);
    if (!inside.ok()) return session_.fail(ExitCode::InvalidParameter, inside.error().message);
    path.path = *inside;
    return std::nullopt;
  }

  Result<SchedulerClient*> find_scheduler(const std::string& cluster) {
    const auto known = schedulers_.find(cluster);
    if (known != schedulers_.end()) return &known->second;
    return &schedulers_.emplace(cluster, TRY(SchedulerClient::find(session_, cluster))).first->second;
  }

  // --- As the original did it.

  int run_scp() {
    std::vector<std::string> words{"scp"};
    for (std::string& option : split_at_blanks(options_.ssh.options)) words.push_back(std::move(option));
    for (const CopyPath& path : paths_) {
      const auto word = scp_word(path);
      if (!word.ok()) return session_.fail(ExitCode::InvalidConfiguration, word.error().message);
      words.push_back(*word);
    }
    session_.world().hold_interrupts();  // they are for scp
    const auto status = run_program(words, "");
    return status.ok() ? *status : session_.fail(ExitCode::CommandFailure, status.error().message);
  }

  Result<std::string> scp_word(const CopyPath& path) {
    if (!path.task) return path.path;
    const LiveTask& task = tasks_.at(to_string(*path.task));
    const Cluster cluster = TRY(session_.find_cluster(path.task->path.cluster));
    const std::string folder = TRY(task_folder(cluster, task.id, options_.is_executor_sandbox));
    const std::string full = path.path.starts_with('/') ? path.path : folder + "/" + path.path;
    return ssh_target(options_.ssh, path.task->path.job.role, task.host).user + "@" + task.host + ":" + full;
  }

  // --- Through the scheduler.

  int copy_all() {
    session_.world().hold_interrupts();
    const CopyPath target = paths_.back();
    bool has_failed = false;
    for (size_t i = 0; i + 1 < paths_.size(); ++i) {
      const Status copied = copy(paths_[i], target);
      session_.console().clear_progress();
      if (copied.ok()) continue;
      if (is_interrupted_) return session_.fail(ExitCode::Interrupted, "Command interrupted by user");
      const Error& error = copied.error();
      has_failed = true;
      const bool concerns_all = error.code == ErrorCode::Unavailable || error.code == ErrorCode::PermissionDenied;
      if (concerns_all) return session_.fail(error, "Command failure:", ExitCode::ApiError);
      session_.console().print_error(options_.paths[i] + " to " + options_.paths.back() + ": " + without_line_ends(error.message));
    }
    return has_failed ? 1 : 0;
  }

  Status copy(const CopyPath& source, const CopyPath& target) {
    const std::string name = TRY(base_name(source.path));
    const StoreWish wish{target.path, name, paths_.size() > 2};
    if (!source.task) {
      LocalReader reader = TRY(LocalReader::open(source.path));
      return target.task ? store(*target.task, wish, reader) : copy_here(wish, reader);
    }
    if (target.task) {
      LocalWriter passed_on = TRY(LocalWriter::begin_nameless(folder_for_files(session_.world().variable)));
      const FileFacts facts = TRY(fetch(source, passed_on));
      LocalReader reader = passed_on.read_again(facts.mode);
      return store(*target.task, wish, reader);
    }
    LocalWriter writer = TRY(LocalWriter::begin(TRY(LocalWriter::place_of(wish.path, wish.name, wish.needs_folder))));
    const FileFacts facts = TRY(fetch(source, writer));
    return writer.finish(facts.mode);
  }

  Result<FileFacts> fetch(const CopyPath& source, LocalWriter& writer) {
    RemoteCopy copy(session_, sockets_, *TRY(find_scheduler(source.task->path.cluster)), options_.is_executor_sandbox);
    Result<FileFacts> facts = copy.fetch(*source.task, source.path, writer);
    is_interrupted_ = copy.is_interrupted();
    return facts;
  }

  Status store(const TaskPlace& task, const StoreWish& wish, LocalReader& reader) {
    RemoteCopy copy(session_, sockets_, *TRY(find_scheduler(task.path.cluster)), options_.is_executor_sandbox);
    Status stored = copy.store(task, wish, reader);
    is_interrupted_ = copy.is_interrupted();
    return stored;
  }

  static Status copy_here(const StoreWish& wish, LocalReader& reader) {
    LocalWriter writer = TRY(LocalWriter::begin(TRY(LocalWriter::place_of(wish.path, wish.name, wish.needs_folder))));
    for (;;) {
      const std::string piece = TRY(reader.read(kPieceBytes));
      if (piece.empty()) return writer.finish(reader.facts().mode);
      TRY(writer.write(piece));
    }
  }

  Session& session_;
  const TaskCopyOptions& options_;
  net::WebSocketClients sockets_;
  std::map<std::string, SchedulerClient> schedulers_;  // by cluster
  std::map<std::string, LiveTask> tasks_;              // by place
  std::vector<CopyPath> paths_;
  bool is_interrupted_ = false;
};

}  // namespace

int task_scp(Session& session, const TaskCopyOptions& options) {
  if (options.paths.size() < 2) return session.fail(ExitCode::Usage, "too few arguments: sources and a destination are needed");
  return TaskCopies(session, options).run();
}

}  // namespace aurora::client
