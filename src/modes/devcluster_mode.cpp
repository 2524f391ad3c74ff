#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "aurora/os/files.h"
#include "modes/daemon_flags.h"
#include "modes/devcluster.h"
#include "modes/devcluster_folder.h"
#include "modes/executor_options.h"
#include "modes/help_format.h"
#include "modes/mode.h"
#include "modes/option_words.h"
#include "modes/scheduler_options.h"

namespace aurora {
namespace {

constexpr std::string_view kExecutor = "executor-";

// What is no flag of ours goes to the scheduler; --executor-x to the executors as --x. Only flags with their value
// attached can be passed on.
Status divide_flags(const CLI::App& app, DevclusterOptions& options) {
  const std::vector<std::string> known = devcluster_flags();
  for (const std::string& flag : app.remaining()) {
    const auto refuse = [](std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; };
    if (!flag.starts_with("--")) {
      return refuse("unexpected argument '" + flag + "'; flags to pass on are written --flag=value");
    }
    const std::string name = flag.substr(2, flag.find('=') - 2);
    if (std::find(known.begin(), known.end(), name) == known.end() && !is_ignored_flag(name)) {
      return refuse(unknown_option(name, known));
    }
    if (name.starts_with(kExecutor)) {
      options.executor_flags.push_back("--" + flag.substr(2 + kExecutor.size()));
    } else {
      options.scheduler_flags.push_back(flag);
    }
  }
  return Unit{};
}

CLI::Option* add_options(CLI::App& app, DevclusterOptions& options) {
  options.folder = default_devcluster_folder();
  app.add_option("--dir", options.folder, "Keep everything here; starting again in it goes on where it stopped")
      ->option_text("DIR [" + options.folder + "]");
  CLI::Option* port = app.add_option("--port", options.port, "The scheduler's port on 127.0.0.1; executors then use the ports after it")
                          ->option_text("PORT [8081; executors from 1338]")
                          ->check(CLI::Range(1, 65000));
  app.add_option("--executors", options.executors, "How many hosts, each with its name and rack")
      ->option_text("N [1]")
      ->check(CLI::Range(1, 500));
  app.add_flag("--keep-tasks", options.keep_tasks, "Leave tasks running when it stops");
  return port;
}

}  // namespace

// Its own, the scheduler's, and the executors' with their prefix.
std::vector<std::string> devcluster_flags() {
  DevclusterOptions options;
  CLI::App app;
  add_options(app, options);
  std::vector<std::string> names = long_names(app);
  for (const std::string& name : scheduler_flags()) names.push_back(name);
  for (const std::string& name : executor_flags()) names.push_back(std::string(kExecutor) + name);
  return names;
}

int devcluster_main(int argc, char** argv) {
  os::set_umask(os::Umask::Shared);
  CLI::App app("Run a scheduler and executors as one foreground program.", "aurora devcluster");
  set_help_format(app);
  DevclusterOptions options;
  const CLI::Option* port = add_options(app, options);
  app.footer("Other --flag=value go to the scheduler, --executor-flag=value to the executors.\n"
             "Example: aurora devcluster --executors 3 --port 9000 --dir /tmp/dev");
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parsing(app, error);
  }
  if (port->count() > 0) options.executor_port = options.port + 1;
  options.folder = absolute_folder(options.folder);
  if (const Status divided = divide_flags(app, options); !divided.ok()) {
    std::fprintf(stderr, "aurora devcluster: %s\n", divided.error().message.c_str());
    return 2;
  }
  return run_devcluster(options);
}

}  // namespace aurora
