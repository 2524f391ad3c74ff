#include "aurora/client/job_file.h"

#include "client/loaded_job.h"

namespace aurora::client {

std::variant<core::JobConfiguration, int> load_job_file(Session& session, const std::string& key, const JobFile& file) {
  const auto path = parse_job_path(key);
  if (!path.ok()) return session.fail_option(path.error().message);
  auto loaded = load_job(session, *path, file, Tiers::BuiltIn);
  if (const auto* stopped = std::get_if<Stopped>(&loaded)) return stopped->exit_code;
  return std::move(std::get<LoadedJob>(loaded).job);
}

}  // namespace aurora::client
