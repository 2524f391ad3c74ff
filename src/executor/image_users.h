// The role in an image: its /etc/passwd and /etc/group with the role of the host added, as useradd and
// groupadd did it (spec/thermos-executor.md §18).
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "aurora/os/users.h"

namespace aurora::executor {

struct AccountFiles {
  std::string passwd;
  std::string group;
};
// `image`: what the image has of them. FailedPrecondition: it has the role with other ids than the host.
Result<AccountFiles> add_role(AccountFiles image, const os::User& role, const std::string& group_name,
                              const std::string& home, const std::string& shell);

}  // namespace aurora::executor
