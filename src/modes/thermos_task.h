// Which task the words of `aurora thermos run|simplerun|inspect` mean, and what makes it one that a host can
// run.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/task/task.h"
#include "modes/thermos_verbs.h"

namespace aurora {

struct ThermosFile {
  std::vector<std::string> paths;  // as typed: one is right
  bool is_json = false;
  std::string task;                   // empty: the only one
  std::vector<std::string> bindings;  // NAME=VALUE
  std::vector<std::string> ports;     // NAME:PORT
};
// --task, --json, -P, -E and the file itself.
void add_thermos_file(CLI::App& app, ThermosFile& file);
void add_thermos_bindings(CLI::App& app, ThermosFile& file);  // -P and -E only

// The task as JSON, evaluated; the exit code when that is not possible and has been said.
std::variant<codec::JsonValue, int> load_thermos_task(Thermos& thermos, const ThermosFile& file);

// InvalidArgument with the original's texts.
Result<std::map<std::string, int32_t>> parse_thermos_ports(const std::vector<std::string>& ports);
Result<std::map<std::string, std::string>> parse_thermos_bindings(const std::vector<std::string>& bindings);

// "hello-20261129-201641.123456", in this machine's time zone. Characters that a folder's name should not
// have become -.
std::string make_thermos_task_id(const std::string& name, Instant now, int pid);
Status check_thermos_task_id(const std::string& task_id);

// What a scheduler would have sent for it, without an image. `user` is also the role.
core::Task make_thermos_task(const codec::JsonValue& json, const std::string& task_id,
                             const std::string& user, const std::map<std::string, int32_t>& ports);

}  // namespace aurora
