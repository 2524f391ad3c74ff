#include "aurora/executor/cluster_file.h"

#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

std::string path_in(const std::string& state_dir) { return state_dir + "/cluster_id"; }

}  // namespace

Result<std::string> read_cluster_id(const std::string& state_dir) {
  const std::string path = path_in(state_dir);
  if (!os::exists(path)) return std::string();
  std::string id = TRY(os::read_file(path, 4096));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  const bool is_plain = id.find_first_not_of("0123456789abcdef-") == std::string::npos;
  if (!id.empty() && is_plain) return id;
  return Error{ErrorCode::DataLoss,
               path + " does not hold the id of a cluster: it is damaged. Write the id into it that " +
                   "GET /v1/cluster of this host's scheduler shows, or remove it to let the host join any cluster."};
}

Status write_cluster_id(const std::string& state_dir, const std::string& cluster_id) {
  const std::string path = path_in(state_dir);
  TRY(os::write_file(path + ".new", cluster_id + "\n", 0600));
  return os::replace_file(path + ".new", path);
}

}  // namespace aurora::executor
