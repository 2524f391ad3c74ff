#include "aurora/client/site_hooks.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

std::string to_json(const std::vector<std::string>& texts) {
  codec::JsonArray array;
  for (const std::string& text : texts) array.add(text);
  return array.text();
}

std::string to_request(const HookedCommand& command, int result) {
  codec::JsonObject options;
  for (const auto& [name, values] : command.options) {
    if (values.size() == 1) {
      options.add(name, values.front());
    } else {
      options.add_raw(name, to_json(values));
    }
  }
  codec::JsonObject request;
  request.add("noun", command.noun).add("verb", command.verb).add_raw("words", to_json(command.words));
  request.add_raw("arguments", to_json(command.arguments)).add_raw("options", options.text());
  return request.add("skipped", command.skipped).add("result", result).text();
}

// What the command ends with if its hooks say so.
std::optional<int> call(Session& session, const char* event, const HookedCommand& command, int result) {
  const auto outcome = config::call_command_hooks(event, to_request(command, result));
  if (!outcome.ok()) return session.fail(ExitCode::Internal, outcome.error().message);
  for (const std::string& line : outcome->out) session.console().print(line);
  for (const std::string& line : outcome->err) session.console().print_error(line);
  if (!outcome->traceback.empty()) session.console().log(Severity::Debug, outcome->traceback);
  return outcome->exit_code;
}

std::optional<int> load(Session& session, const std::vector<std::string>& files, bool has_api_hooks) {
  const auto loaded = config::load_hook_files(files, has_api_hooks);
  if (!loaded.ok()) return session.fail(ExitCode::Internal, loaded.error().message);
  if (!loaded->traceback.empty()) session.console().log(Severity::Debug, loaded->traceback);
  if (!loaded->failure.empty()) {
    session.console().print_error(loaded->failure);
    return static_cast<int>(ExitCode::InvalidConfiguration);
  }
  session.set_site_hooks(loaded->api_hooks > 0);
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> list_hook_files(const FindVariable& variable) {
  std::vector<std::string> folders{"/etc/aurora"};
  for (const auto& [name, rest] : {std::pair{"AURORA_CONFIG_ROOT", ""}, std::pair{"HOME", "/.aurora"}}) {
    const std::string folder = variable(name).value_or("");
    if (!folder.empty()) folders.push_back(folder + rest);
  }
  std::vector<std::string> files;
  std::set<std::string> seen;  // the same folder by two names is read once
  for (const std::string& folder : folders) {
    std::error_code error;
    if (!seen.insert(std::filesystem::weakly_canonical(folder + "/hooks", error).string()).second) continue;
    std::vector<std::string> found;
    for (std::filesystem::directory_iterator entry(folder + "/hooks", error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".py") found.push_back(entry->path().string());
    }
    if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
      return Error{ErrorCode::PermissionDenied, "Error loading hooks of " + folder + "/hooks: " + error.message() +
                                                    "; hooks may not be skipped, make the folder readable"};
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

int run_with_site_hooks(Session& session, const HookedCommand& command, const std::function<int()>& verb) {
  const auto files = list_hook_files(session.world().variable);
  if (!files.ok()) {
    session.console().print_error(files.error().message);
    return static_cast<int>(ExitCode::InvalidConfiguration);
  }
  if (files->empty()) return verb();
  if (const auto code = load(session, *files, command.has_api_hooks)) return *code;
  if (const auto code = call(session, "pre", command, 0)) return *code;
  const int result = verb();
  if (result != 0) return result;
  return call(session, "post", command, result).value_or(result);
}

}  // namespace aurora::client
