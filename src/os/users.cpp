#include "aurora/os/users.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "aurora/base/split.h"
#include "aurora/os/files.h"
#include "aurora/os/spawn.h"

namespace aurora::os {
namespace {

std::optional<User> parse_entry(const std::string& line) {  // name:password:uid:gid:comment:home:shell
  const std::vector<std::string> fields = split(line, ':');
  if (fields.size() < 7 || fields[0].empty() || fields[2].empty() || fields[3].empty()) return std::nullopt;
  return User{fields[0], std::atoi(fields[2].c_str()), std::atoi(fields[3].c_str()), {}, fields[5]};
}

template <typename Matches>
std::optional<User> find_entry(const std::string& passwd, Matches matches) {
  for (const std::string& line : split(passwd, '\n')) {
    std::optional<User> user = parse_entry(line);
    if (user && matches(*user)) return user;
  }
  return std::nullopt;
}

std::vector<int> groups_of(const User& user) {
  std::vector<int> groups{user.gid};
  const Result<std::string> file = read_file("/etc/group");
  if (!file.ok()) return groups;
  for (const std::string& line : split(*file, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 4) continue;
    const std::vector<std::string> members = split(fields[3], ',');
    const int gid = std::atoi(fields[2].c_str());
    const bool is_member = std::find(members.begin(), members.end(), user.name) != members.end();
    if (is_member && gid != user.gid) groups.push_back(gid);
  }
  return groups;
}

// A name that could be an option or a number would make getent answer something else.
bool is_plain_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '@' || c == '\\';
  };
  return !name.empty() && name[0] != '-' && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

std::optional<User> ask_getent(const std::string& name) {
  if (!is_plain_name(name)) return std::nullopt;
  const Result<std::string> line = run_and_read({"getent", "passwd", name}, seconds(5));
  if (!line.ok()) return std::nullopt;
  return find_entry(*line, [&](const User& user) { return user.name == name; });
}

}  // namespace

Result<User> find_user(const std::string& name) {
  std::optional<User> user;
  if (const Result<std::string> passwd = read_file("/etc/passwd"); passwd.ok()) {
    user = find_entry(*passwd, [&](const User& entry) { return entry.name == name; });
  }
  if (!user) user = ask_getent(name);
  if (!user) return Error{ErrorCode::NotFound, "user does not exist: " + name};
  user->groups = groups_of(*user);
  return std::move(*user);
}

namespace {

std::optional<User> find_uid(int uid) {
  const Result<std::string> passwd = read_file("/etc/passwd");
  if (!passwd.ok()) return std::nullopt;
  return find_entry(*passwd, [&](const User& entry) { return entry.uid == uid; });
}

}  // namespace

User current_user() {
  const int uid = static_cast<int>(::geteuid());
  return find_uid(uid).value_or(User{std::to_string(uid), uid, static_cast<int>(::getegid()), {}, "/"});
}

std::string name_of_user(int uid) {
  const std::optional<User> user = find_uid(uid);
  return user ? user->name : std::to_string(uid);
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace aurora::os
