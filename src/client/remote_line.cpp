#include "client/remote_line.h"

namespace aurora::client {

Result<InstancesPath> parse_task_key(const Session& session, const std::string& text) {
  if (!session.is_classic()) return parse_instances_path(text);
  const auto path = parse_job_path(text);
  if (path.ok()) return InstancesPath{*path, std::nullopt};
  return Error{ErrorCode::InvalidArgument, "Invalid job path \"" + text + "\": " + path.error().message};
}

std::string join_words(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::string inside_line(const std::string& line, bool is_executor_sandbox) {
  return is_executor_sandbox ? "cd .. || exit\n" + line : line;
}

}  // namespace aurora::client
