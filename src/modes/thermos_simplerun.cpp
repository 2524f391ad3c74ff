#include <CLI/CLI.hpp>
#include <memory>

#include "aurora/codec/task_payload.h"
#include "modes/thermos_run.h"

namespace aurora {
namespace {

struct SimplerunOptions {
  ThermosRunOptions run;
  std::string name = "simple";
};

// One process; a core and 256 MiB, as Thermos gave it.
std::string task_json(const std::string& name, const std::string& cmdline) {
  const auto process = codec::JsonObject().add("name", name).add("cmdline", cmdline).text();
  const auto resources =
      codec::JsonObject().add("cpu", 1.0).add("ram", int64_t{256} << 20).add("disk", 0).text();
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
  Result<std::string> json = task_json(options.name, cmdline);
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
  return [options, &app](Thermos& thermos) { return simplerun(thermos, *options, app.remaining()); };
}

}  // namespace aurora
