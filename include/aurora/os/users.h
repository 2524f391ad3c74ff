// Accounts of this machine: /etc/passwd and /etc/group, then `getent` for those that a directory service adds.
#pragma once

#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::os {

struct User {
  std::string name;
  int uid = -1;
  int gid = -1;
  std::vector<int> groups;  // all that list the user, the primary one included
  std::string home;
};

Result<User> find_user(const std::string& name);  // NotFound: "user does not exist: <name>"
User current_user();                              // the effective one; its number as name if it has no entry
std::string name_of_user(int uid);                // its number if it has no entry in /etc/passwd
bool is_root();

}  // namespace aurora::os
