#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "modes/devcluster.h"
#include "modes/devcluster_folder.h"
#include "modes/mode.h"

namespace aurora {
namespace {

// What is no flag of ours goes to the scheduler; --executor-x to the executors as --x. Only flags with their value
// attached can be passed on.
bool divide_flags(const std::vector<std::string>& rest, DevclusterOptions& options) {
  constexpr std::string_view kExecutor = "--executor-";
  for (const std::string& flag : rest) {
    if (!flag.starts_with("--")) {
      std::fprintf(stderr, "aurora devcluster: unexpected argument '%s'; flags to pass on are written --flag=value\n", flag.c_str());
      return false;
    }
    if (flag.starts_with(kExecutor)) {
      options.executor_flags.push_back("--" + flag.substr(kExecutor.size()));
    } else {
      options.scheduler_flags.push_back(flag);
    }
  }
  return true;
}

}  // namespace

int devcluster_main(int argc, char** argv) {
  CLI::App app("Run a scheduler and executors as one foreground program.", "aurora devcluster");
  DevclusterOptions options;
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
  app.footer("Other --flag=value go to the scheduler, --executor-flag=value to the executors.\n"
             "Example: aurora devcluster --executors 3 --port 9000 --dir /tmp/dev");
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (port->count() > 0) options.executor_port = options.port + 1;
  options.folder = std::filesystem::absolute(options.folder).lexically_normal().string();
  while (options.folder.size() > 1 && options.folder.ends_with('/')) options.folder.pop_back();
  if (!divide_flags(app.remaining(), options)) return 2;
  return run_devcluster(options);
}

}  // namespace aurora
