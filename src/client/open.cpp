// `open CLUSTER[/ROLE[/ENV[/JOB]]]` and opening pages (spec/client.md §4.5, §5.3).
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aurora/base/split.h"
#include "aurora/client/job_path.h"
#include "aurora/client/verbs.h"
#include "client/job_page.h"

extern char** environ;

namespace aurora::client {
namespace {

// Starts `program url` without a terminal and waits for it briefly: openers hand over and end at once.
bool start_program(const std::string& program, const std::string& url) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  char* const arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(url.c_str()), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0;
}

}  // namespace

std::string job_url(const SchedulerClient& scheduler, const core::JobKey& job) {
  return scheduler.page_url({job.role, job.environment, job.name});
}

void show_job_url(Session& session, const SchedulerClient& scheduler, const core::JobKey& job) {
  session.console().info("Job url: " + job_url(scheduler, job));
}

void open_page(Session& session, const std::string& url) {
  const FindVariable& variable = session.world().variable;
  if (const auto browser = variable("BROWSER"); browser && !browser->empty() && start_program(*browser, url)) return;
  const bool has_desktop = variable("DISPLAY").has_value() || variable("WAYLAND_DISPLAY").has_value();
  if (has_desktop && start_program("xdg-open", url)) return;
  session.console().print(url);
}

void open_job_page(Session& session, const SchedulerClient& scheduler, const core::JobKey& job) {
  open_page(session, job_url(scheduler, job));
}

int open(Session& session, const OpenOptions& options) {
  if (options.target.empty()) {
    session.console().print("Open command requires a jobkey parameter.");
    return session.is_classic() ? 1 : static_cast<int>(ExitCode::Usage);
  }
  std::vector<std::string> parts = split(options.target, '/');
  if (parts.size() > 4) {
    return session.fail(ExitCode::Usage,
                        "Invalid path '" + options.target + "': must be CLUSTER[/ROLE[/ENV[/JOB]]]");
  }
  const auto scheduler = SchedulerClient::find(session, parts[0]);
  if (!scheduler.ok()) return session.fail(ExitCode::InvalidConfiguration, scheduler.error().message);
  parts.erase(parts.begin());
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  open_page(session, scheduler->page_url(parts));
  return 0;
}

}  // namespace aurora::client
