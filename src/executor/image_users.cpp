#include "executor/image_users.h"

#include <optional>

namespace aurora::executor {
namespace {

std::optional<std::string> find_line(const std::string& file, const std::string& name) {
  const std::string begin = name + ":";
  for (size_t at = 0; at < file.size();) {
    const size_t end = std::min(file.find('\n', at), file.size());
    const std::string line = file.substr(at, end - at);
    if (line.starts_with(begin)) return line;
    at = end + 1;
  }
  return std::nullopt;
}

std::string field(const std::string& line, int number) {
  size_t at = 0;
  for (; number > 0; --number) {
    const size_t colon = line.find(':', at);
    if (colon == std::string::npos) return "";
    at = colon + 1;
  }
  return line.substr(at, line.find(':', at) - at);
}

void add_line(std::string& file, const std::string& line) {
  if (!file.empty() && file.back() != '\n') file += '\n';
  file += line + '\n';
}

}  // namespace

Result<AccountFiles> add_role(AccountFiles image, const os::User& role, const std::string& group_name,
                              const std::string& home, const std::string& shell) {
  const std::string uid = std::to_string(role.uid);
  const std::string gid = std::to_string(role.gid);
  if (const auto group = find_line(image.group, group_name)) {
    if (field(*group, 2) != gid)
      return Error{
          ErrorCode::FailedPrecondition,
          "Group id result " + *group + " from image does not match name " + group_name + " and id " + gid};
  } else {
    add_line(image.group, group_name + ":x:" + gid + ":");
  }
  if (const auto user = find_line(image.passwd, role.name)) {
    if (field(*user, 2) != uid || field(*user, 3) != gid)
      return Error{ErrorCode::FailedPrecondition, "User group result " + *user +
                                                      " from image does not match name " + role.name +
                                                      " and ids " + uid + ":" + gid};
  } else {
    add_line(image.passwd, role.name + ":x:" + uid + ":" + gid + "::" + home + ":" + shell);
  }
  return image;
}

}  // namespace aurora::executor
