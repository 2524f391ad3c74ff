#include "aurora/executor/cluster_file.h"

#include <optional>
#include <string_view>

#include "aurora/os/files.h"

namespace aurora::executor {
namespace {

std::string path_in(const std::string& state_dir) { return state_dir + "/cluster_id"; }

bool is_cluster_id(std::string_view text) {
  constexpr size_t kUuidLength = 36;
  return text.size() == kUuidLength && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

// The id on a line of its own; a second one, if there is any, says the same.
std::optional<std::string> parse_cluster_file(std::string_view text) {
  const std::string_view id = text.substr(0, text.find('\n'));
  if (!is_cluster_id(id)) return std::nullopt;
  std::string_view rest = text.substr(id.size());
  if (rest.empty() || rest == "\n") return std::string(id);
  rest.remove_prefix(1);
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  return rest == id ? std::optional(std::string(id)) : std::nullopt;
}

}  // namespace

Result<std::string> read_cluster_id(const std::string& state_dir) {
  const std::string path = path_in(state_dir);
  if (!os::exists(path)) return std::string();
  std::optional<std::string> id = parse_cluster_file(TRY(os::read_file(path, 4096)));
  if (id) return std::move(*id);
  return Error{ErrorCode::DataLoss,
               path + " does not hold the id of a cluster: it is damaged. Write the id into it that " +
                   "GET /v1/cluster of this host's scheduler shows, or remove it to let the host join any cluster."};
}

Status write_cluster_id(const std::string& state_dir, const std::string& cluster_id) {
  const std::string path = path_in(state_dir);
  TRY(os::write_file(path + ".new", cluster_id + "\n" + cluster_id + "\n", 0600));
  return os::replace_file(path + ".new", path);
}

}  // namespace aurora::executor
