#include <CLI/CLI.hpp>
#include <memory>

#include "aurora/codec/task_payload.h"
#include "modes/executor_options.h"
#include "modes/help_format.h"
#include "modes/thermos_run.h"

namespace aurora {
namespace {

struct SimplerunOptions {
  ThermosRunOptions run;
  std::string name = "simple";
  double cpus = 1;
  int64_t ram_mb = 256;
};

// One process; by default a core and 256 MiB, as Thermos gave it.
std::string task_json(const SimplerunOptions& options, const std::string& cmdline) {
  const std::string& name = options.name;
  const auto process = codec::JsonObject().add("name", name).add("cmdline", cmdline).text();
  const auto resources =
      codec::JsonObject().add("cpu", options.cpus).add("ram", options.ram_mb << 20).add("disk", 0).text();
  return codec::JsonObject()
      .add("name", name)
      .add_raw("processes", codec::JsonArray().add_raw(process).text())
      .add_raw("resources", resources)
      .text();
}

int simplerun(Thermos& thermos, const SimplerunOptions& options, std::vector<std::string> words) {
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  std::string cmdline;
  for (const std::string& word : words) cmdline += (cmdline.empty() ? "" : " ") + word;
  if (cmdline.empty()) return fail_usage(thermos, "Should specify a command line, instead got none");
  const auto bindings = parse_thermos_bindings(options.run.file.bindings);
  if (!bindings.ok()) return fail_usage(thermos, bindings.error().message);
  thermos.console.print("Running command: '" + cmdline + "'");
  Result<std::string> json = task_json(options, cmdline);
  if (!bindings->empty()) json = codec::bind_texts(*json, *bindings);
  const auto task = json.ok() ? codec::JsonValue::parse(*json) : Result<codec::JsonValue>(json.error());
  if (!task.ok()) return fail_usage(thermos, task.error().message);
  return run_thermos_task(thermos, *task, options.run);
}

}  // namespace

ThermosCall define_thermos_simplerun(CLI::App& app) {
  auto options = std::make_shared<SimplerunOptions>();
  app.prefix_command();  // from the first word that is no option on, all is the command line
  add_thermos_run_options(app, options->run);
  add_thermos_bindings(app, options->run.file);
  app.add_option("--name", options->name, "The name of the task and of its process")
      ->option_text("NAME [" + options->name + "]");
  app.add_option("--cpus", options->cpus, "Cores: its weight when they are short")
      ->check(above_zero())
      ->option_text("N [1]");
  app.add_option_function<std::string>(
         "--ram",
         [options](const std::string& text) {
           const Result<int64_t> parsed = parse_megabytes(text);
           if (!parsed.ok()) throw CLI::ValidationError("--ram", parsed.error().message);
           options->ram_mb = *parsed;
         },
         "Memory, beyond which it is ended, e.g. 2GB")
      ->option_text("SIZE [256MB]");
  return [options, &app](Thermos& thermos) { return simplerun(thermos, *options, app.remaining()); };
}

}  // namespace aurora
