#include "modes/thermos_run.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "aurora/base/clock.h"
#include "aurora/codec/task_payload.h"
#include "aurora/core/job/container_needs.h"
#include "aurora/core/process/runner_outcome.h"
#include "aurora/executor/confiner.h"
#include "aurora/executor/limits_reached.h"
#include "aurora/executor/posix_runner_host.h"
#include "aurora/executor/usage.h"
#include "aurora/os/machine.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "modes/daemon_flags.h"
#include "modes/executor_options.h"
#include "modes/thermos_show.h"

namespace aurora {
namespace {

using client::Severity;

constexpr Duration kLimitLook = seconds(1);
constexpr Duration kRelease = seconds(5);
constexpr Duration kLook = milliseconds(100);  // for interrupts, and for what the runner has written
const std::vector<int> kInterrupts{SIGINT, SIGTERM, SIGHUP};

int fail(Thermos& thermos, int code, const std::string& text) {
  thermos.console.log(Severity::Error, text);
  return code;
}

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path == nullptr || *path == '\0' ? ExecutorOptions().task_path : path;
}

// Who the processes are to be; the exit code if that cannot be.
std::variant<std::string, int> choose_user(Thermos& thermos, const std::string& wanted) {
  const std::string self = os::current_user().name;
  if (wanted.empty() || wanted == self) return self;
  const Result<os::User> user = os::find_user(wanted);
  if (!user.ok()) return fail(thermos, ThermosExit::kUnknownUser, user.error().message);
  if (os::is_root()) return wanted;
  return fail(thermos, ThermosExit::kUnknownUser,
              "Must be root to run processes as other users! This is " + self + ", not " + wanted);
}

// Absent: none. The sandbox of a task in an image is seen in it with the folder around it.
Result<std::optional<core::DockerImage>> name_image(const ThermosRunOptions& options) {
  if (options.image.empty()) return std::optional<core::DockerImage>();
  TRY(core::parse_image_name(options.image));
  if (options.sandbox.empty()) return std::optional(core::DockerImage{options.image, ""});
  return Error{ErrorCode::InvalidArgument,
               "a task in an image has a sandbox of its own: leave out --sandbox or --image"};
}

// What the words say beside the file.
core::Task with_options(core::Task task, const ThermosRunOptions& options, std::optional<core::DockerImage> image) {
  core::TaskConfig config = *task.config;
  if (image) config.container = core::MesosContainer{*std::move(image), {}};
  if (!options.is_confined) config.resources.disk_mb = 0;
  task.config = core::TaskConfigRef(std::move(config));
  return task;
}

// A task of that id that is there already is never run again. 0: there is none.
int check_new(Thermos& thermos, const executor::WorkFolder& work, const core::TaskId& task_id) {
  const executor::TaskPaths paths = work.paths_of(task_id);
  if (!os::exists(paths.folder)) return 0;
  const auto history = executor::read_history(paths.checkpoint);
  const bool is_over = history.ok() && history->state() && is_terminal(*history->state());
  if (is_over) {
    return fail(thermos, ThermosExit::kTerminal,
                "Cannot take control of a task in terminal state. Run it with another --task_id, or delete "
                "what is left of " +
                    task_id.value() + ": aurora thermos gc --delete-data --delete-logs --delete-metadata " +
                    task_id.value());
  }
  return fail(thermos, ThermosExit::kInternal,
              "Unable to open checkpoint " + paths.checkpoint +
                  ": Found existing runner, cannot take control. `aurora thermos status " + task_id.value() +
                  "` shows the task");
}

Status check_root(const executor::WorkFolder& work) {
  if (!os::exists(work.state + "/journal")) return Unit{};
  return Error{ErrorCode::InvalidArgument,
               work.root + " is the work folder of an executor; name another with --root"};
}

class Foreground {
 public:
  Foreground(Thermos& thermos, executor::RunnerHost& host, const executor::WorkFolder& work,
             const core::Task& task, const ThermosRunOptions& options)
      : thermos_(thermos),
        host_(host),
        work_(work),
        paths_(work.paths_of(task.id)),
        task_id_(task.id),
        is_daemon_(options.is_daemon),
        show_(thermos.console, paths_,
              options.is_followed ? TaskShow::Output::Shown : TaskShow::Output::Hidden),
        disk_limit_bytes_(task.config->resources.disk_mb << 20) {}

  struct End {
    int exit_code = 0;
    bool is_over = true;  // false: it is left to its runner
  };
  End run() {
    for (;;) {
      hear_interrupts();
      for (const core::HostEvent& event : host_.wait(kLook)) {
        if (const auto* failed = std::get_if<core::StartFailed>(&event)) return {tell_failure(*failed)};
        if (const auto* exited = std::get_if<core::RunnerExited>(&event)) return {tell_end(exited->end)};
      }
      show_.show_news();
      look_at_limits();
      if (is_daemon_ && show_.has_begun()) return {tell_begin(), false};
    }
  }

 private:
  void hear_interrupts() {
    const std::optional<int> signal = os::wait_for_signal(kInterrupts, Duration{});
    if (!signal) return;
    if (++interrupts_ == 1) {
      thermos_.console.print(*signal == SIGINT
                                 ? "Got keyboard interrupt, killing job!"
                                 : "Got " + std::string(*signal == SIGTERM ? "SIGTERM" : "SIGHUP") +
                                       ", killing job!");
      host_.request_kill(task_id_);
    } else {
      thermos_.console.log(Severity::Warning, "Killing it at once.");
      host_.destroy(task_id_);
    }
  }

  int tell_failure(const core::StartFailed& failed) {
    executor::delete_unborn(work_, task_id_);
    if (interrupts_ > 0)
      return fail(thermos_, ThermosExit::kKilled, "Task " + task_id_.value() + ": KILLED before it had begun");
    return fail(thermos_, ThermosExit::kInternal, failed.message);
  }

  int tell_begin() {
    thermos_.console.info("Task " + task_id_.value() +
                          " is left to its runner: `aurora thermos status|tail|kill " + task_id_.value() +
                          "`");
    return ThermosExit::kSuccess;
  }

  int tell_end(const core::RunnerEnd& end) {
    show_.show_news();
    const core::RunnerOutcome outcome = core::outcome_of(end, over_limit_);
    const core::RunState state = outcome.status == core::TaskStatus::Failed
                                     ? core::RunState::Failed
                                     : show_.history().state().value_or(core::RunState::Lost);
    const std::string text = "Task " + task_id_.value() + ": " + std::string(enum_name(state)) +
                             (outcome.reason ? ": " + to_sentence(*outcome.reason) : "");
    const int code = thermos_exit_code(state);
    thermos_.console.log(code == ThermosExit::kSuccess ? Severity::Info : Severity::Error, text);
    return code;
  }

  // An executor has a watcher for that; here nobody else looks.
  void look_at_limits() {
    if (over_limit_ || interrupts_ > 0 || !show_.plan() || clock_.monotonic() < next_limit_look_) return;
    next_limit_look_ = clock_.monotonic() + kLimitLook;
    over_limit_ = find_limit_exceeded(*show_.plan());
    if (!over_limit_) return;
    thermos_.console.log(Severity::Error, over_limit_->message);
    host_.request_kill(task_id_);
  }
  std::optional<core::RunnerOutcome> find_limit_exceeded(const executor::RunnerPlan& plan) {
    if (auto memory = executor::find_memory_limit_reached(plan)) return memory;
    const bool has_own_sandbox = plan.sandbox == paths_.sandbox;
    if (!has_own_sandbox || disk_limit_bytes_ == 0) return std::nullopt;
    const int64_t used = disk_.bytes_of(task_id_, plan.sandbox);
    if (used <= disk_limit_bytes_) return std::nullopt;
    return core::disk_limit_exceeded(disk_limit_bytes_, used);
  }

  Thermos& thermos_;
  executor::RunnerHost& host_;
  const executor::WorkFolder& work_;
  const executor::TaskPaths paths_;
  const core::TaskId task_id_;
  const bool is_daemon_;
  TaskShow show_;
  SystemClock clock_;
  int interrupts_ = 0;
  const int64_t disk_limit_bytes_;  // 0: none
  executor::DiskSampler disk_{clock_};
  Duration next_limit_look_ = clock_.monotonic() + kLimitLook;
  std::optional<core::RunnerOutcome> over_limit_;
};

// Who sleeps in the kernel, or is not reaped yet, keeps the group for a while.
void release(executor::RunnerHost& host, const executor::Confiner& confiner, const core::TaskId& task_id) {
  const SystemClock clock;
  const Duration deadline = clock.monotonic() + kRelease;
  while (!confiner.release(task_id) && clock.monotonic() < deadline) host.wait(kLook);
  confiner.close();
}

// What an executor does by default. Groups of its own for each of us, so that none takes another's for left
// over.
std::shared_ptr<const executor::Confiner> open_confiner(const ThermosRunOptions& options,
                                                        const executor::WorkFolder& work) {
  if (!options.is_confined) return nullptr;
  executor::ConfinementPolicy policy = ExecutorOptions().confinement;
  policy.has_private_tmp = options.sandbox.empty();  // it would be in a folder that is not ours, or hide it
  const std::string name = std::string(executor::kLocalAgent) + "-" + std::to_string(os::own_pid());
  return std::make_shared<const executor::Confiner>(
      executor::Confiner::open(policy, name, os::count_cpus(), work.root));
}

std::shared_ptr<const executor::ContainerPreparer> open_containers(const ThermosRunOptions& options,
                                                                   const std::string& state) {
  if (options.image.empty()) return nullptr;
  static const SystemClock clock;
  executor::ImagePolicy images = options.images;
  if (images.folder.empty()) images.folder = ExecutorOptions().work_dir + "/images";
  return std::make_shared<const executor::ContainerPreparer>(
      ExecutorOptions().containers,
      std::make_shared<executor::ImageStore>(images, state, os::own_program(), clock));
}

// REQUIRES: what can be wrong with the words has been said.
int start(Thermos& thermos, const core::Task& task, const std::string& hostname,
          const ThermosRunOptions& options) {
  os::set_umask(os::Umask::Shared);
  os::block_signals(kInterrupts);
  os::raise_file_limit();
  os::adopt_orphans();
  const executor::WorkFolder work = executor::local_work_folder(thermos.root);
  if (const Status made = os::make_folders(work.root); !made.ok())
    return fail(thermos, ThermosExit::kInternal, made.error().message);
  const auto confiner = open_confiner(options, work);
  const std::string sandbox = absolute_folder(options.sandbox);
  auto host = executor::make_posix_runner_host({.work = work,
                                                .hostname = hostname,
                                                .search_path = search_path(),
                                                .runner_program = os::own_program(),
                                                .confiner = confiner,
                                                .containers = open_containers(options, work.state),
                                                .may_be_root = true,
                                                .sandbox = sandbox});
  if (!host.ok()) return fail(thermos, ThermosExit::kInternal, host.error().message);
  if (options.is_daemon) thermos.console.print("Daemonizing and starting runner.");
  thermos.console.info("Task " + task.id.value() + " runs as " + task.config->job.role + " in " +
                       (sandbox.empty() ? work.paths_of(task.id).sandbox : sandbox) +
                       (options.image.empty() ? "" : ", in the image " + options.image));
  if (confiner) {
    for (const executor::Measure& measure : confiner->measures()) {
      thermos.console.log(Severity::Debug,
                          measure.name + (measure.is_in_force ? ": " : " not in force: ") + measure.detail);
    }
  }
  const Status started = (*host)->start(task, {});
  if (!started.ok()) return fail(thermos, ThermosExit::kInternal, started.error().message);
  const Foreground::End end = Foreground(thermos, **host, work, task, options).run();
  if (confiner && end.is_over) release(**host, *confiner, task.id);
  return end.exit_code;
}

}  // namespace

void add_thermos_run_options(CLI::App& app, ThermosRunOptions& options) {
  app.add_option("--user", options.user,
                 "Run the processes as this user, which takes root unless it is yourself [yourself]")
      ->option_text("USER");
  app.add_option("--task_id", options.task_id, "The task's id [its name and the time]")->option_text("ID");
  app.add_flag("--daemon", options.is_daemon,
               "Return as soon as the task has begun, and leave it to its runner");
  app.add_flag_callback(
      "--unconfined", [&options] { options.is_confined = false; },
      "No limits of CPU, memory, disk and processes, the machine's own /tmp, sight of every process, and "
      "programs such as sudo may give rights; without it the task is held as an executor holds it");
  app.add_flag("-f,--follow", options.is_followed, "Show the output of the processes, too");
  app.add_option("--image", options.image,
                 "Run the task in this image's files instead of the machine's; takes root, and crun or runc [none]")
      ->option_text("NAME[:TAG]");
  app.add_option("--image_dir", options.images.folder,
                 "Where images are: NAME (an OCI layout or a plain folder) or NAME:TAG.tar (of docker save)")
      ->option_text("PATH [" + ExecutorOptions().work_dir + "/images]");
  app.add_flag("--image_pull", options.images.pulls, "Fetch an image that is missing, with skopeo");
}

int thermos_exit_code(core::RunState state) {
  switch (state) {
    case core::RunState::Success:
      return ThermosExit::kSuccess;
    case core::RunState::Failed:
      return ThermosExit::kFailed;
    case core::RunState::Killed:
      return ThermosExit::kKilled;
    case core::RunState::Active:
    case core::RunState::Cleaning:
    case core::RunState::Finalizing:
    case core::RunState::Lost:
      return ThermosExit::kLost;
  }
  return ThermosExit::kLost;
}

int run_thermos_task(Thermos& thermos, const codec::JsonValue& json, const ThermosRunOptions& options) {
  const auto ports = parse_thermos_ports(options.file.ports);
  if (!ports.ok()) return fail_usage(thermos, ports.error().message);
  std::string missing;
  const auto wanted = codec::list_ports(json.to_json());
  for (const std::string& port : wanted.ok() ? *wanted : std::vector<std::string>{}) {
    if (!ports->contains(port)) missing += " " + port;
  }
  if (!missing.empty()) return fail_usage(thermos, "ERROR!  Unbound ports:" + missing);
  if (options.wants_chroot) {
    return fail_usage(
        thermos,
        "--enable_chroot is not supported: the sandbox would have to hold bash and all that it needs; --image "
        "gives a task a file system of its own");
  }
  const auto image = name_image(options);
  if (!image.ok()) return fail_usage(thermos, image.error().message);
  const auto user = choose_user(thermos, options.user);
  if (const int* code = std::get_if<int>(&user)) return *code;
  const std::string task_id =
      options.task_id.empty()
          ? make_thermos_task_id(json.string_or("name", ""), SystemClock().now(), os::own_pid())
          : options.task_id;
  if (const Status id = check_thermos_task_id(task_id); !id.ok())
    return fail_usage(thermos, id.error().message);
  const core::Task task =
      with_options(make_thermos_task(json, task_id, std::get<std::string>(user), *ports), options, *image);
  const std::string hostname = machine_name();
  const auto bound = codec::bind_payload(task, hostname);
  if (!bound.ok()) return fail(thermos, ThermosExit::kInvalidTask, bound.error().message);
  const executor::WorkFolder work = executor::local_work_folder(thermos.root);
  if (const Status root = check_root(work); !root.ok()) return fail_usage(thermos, root.error().message);
  if (const int code = check_new(thermos, work, task.id); code != 0) return code;
  return start(thermos, task, hostname, options);
}

ThermosCall define_thermos_run(CLI::App& app) {
  auto options = std::make_shared<ThermosRunOptions>();
  add_thermos_file(app, options->file);
  add_thermos_run_options(app, *options);
  app.add_option("--sandbox", options->sandbox,
                 "Run the processes in this folder, made when missing; what is in it stays [one of the "
                 "task's own, below ROOT]")
      ->option_text("PATH");
  app.add_flag("--enable_chroot", options->wants_chroot, "Not supported; see --image");
  return [options](Thermos& thermos) {
    const auto task = load_thermos_task(thermos, options->file);
    if (const int* code = std::get_if<int>(&task)) return *code;
    return run_thermos_task(thermos, std::get<codec::JsonValue>(task), *options);
  };
}

}  // namespace aurora
