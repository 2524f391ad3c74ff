// What devcluster keeps on disk, and what must be true before it starts. Errors are one line that says what to do.
#pragma once

#include <string>

#include "aurora/base/result.h"
#include "modes/devcluster.h"

namespace aurora {

// Holds the folder for this process: a second devcluster on it is refused. The lock goes with the process.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

bool is_devcluster_running(const std::string& folder);

// Where it is kept unless --dir says otherwise: ~/.local/state/aurora/devcluster; for root with a closed home folder
// /var/lib/aurora/devcluster, since tasks that run as another user could not reach their sandboxes below the former.
std::string default_devcluster_folder();

Status make_folder(const std::string& folder);
// The first folder on the way that other users may not enter; empty when there is none.
std::string closed_folder_on(const std::string& path);
Status check_port_is_free(int port, const std::string& flag);
// The shared secret: read, or made (32 random bytes in hex, mode 0600).
Result<std::string> read_or_make_secret(const std::string& path);

std::string user_name();  // of this process

}  // namespace aurora
