#include <CLI/CLI.hpp>
#include <memory>

#include "aurora/codec/task_payload.h"
#include "modes/python_text.h"
#include "modes/thermos_task.h"

namespace aurora {
namespace {

int inspect(Thermos& thermos, const ThermosFile& file) {
  const auto ports = parse_thermos_ports(file.ports);
  if (!ports.ok()) return fail_usage(thermos, ports.error().message);
  const auto loaded = load_thermos_task(thermos, file);
  if (const int* code = std::get_if<int>(&loaded)) return *code;
  std::map<std::string, std::string> values;
  for (const auto& [name, port] : *ports) values["thermos.ports[" + name + "]"] = std::to_string(port);
  const Result<std::string> bound = codec::bind_texts(std::get<codec::JsonValue>(loaded).to_json(), values);
  const auto task = bound.ok() ? codec::JsonValue::parse(*bound) : Result<codec::JsonValue>(bound.error());
  if (!task.ok()) {
    thermos.console.print_error(task.error().message);
    return 1;
  }
  thermos.console.print(pretty_python(*task));
  return 0;
}

}  // namespace

ThermosCall define_thermos_inspect(CLI::App& app) {
  auto file = std::make_shared<ThermosFile>();
  add_thermos_file(app, *file);
  return [file](Thermos& thermos) { return inspect(thermos, *file); };
}

}  // namespace aurora
