#include "modes/devcluster_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "aurora/client/clusters.h"
#include "modes/cluster_registry.h"

namespace aurora {
namespace {

std::string reason() { return std::strerror(errno); }

std::string home() {
  return client::home_folder([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

}  // namespace

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? std::to_string(geteuid()) : user->pw_name;
}

std::string closed_folder_on(const std::string& path) {
  std::filesystem::path walked;
  for (const auto& part : std::filesystem::path(path)) {
    walked /= part;
    struct stat info {};
    if (stat(walked.c_str(), &info) != 0) return "";
    if ((info.st_mode & S_IXOTH) == 0) return walked.string();
  }
  return "";
}

std::string default_devcluster_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const std::string base = state != nullptr && *state == '/' ? state : home() + "/.local/state";
  const std::string usual = base + "/aurora/devcluster";
  return geteuid() == 0 && !closed_folder_on(usual).empty() ? "/var/lib/aurora/devcluster" : usual;
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{ErrorCode::PermissionDenied, "cannot make the folder " + folder + ": " + error.message() + "; give another with --dir"};
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return Error{ErrorCode::PermissionDenied, "cannot write to " + folder + ": " + reason() + "; give another with --dir"};
  }
  return Unit{};
}

Result<FolderLock> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/devcluster.lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return Error{ErrorCode::PermissionDenied, "cannot write to " + folder + ": " + reason() + "; give another with --dir"};
  FolderLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_file(path);
    return Error{ErrorCode::AlreadyExists, "another devcluster" + (holder.empty() ? "" : " (process " + holder + ")") +
                                               " runs in " + folder + "; stop it, or give another folder with --dir"};
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(file, 0) != 0 || write(file, pid.data(), pid.size()) < 0) {
    return Error{ErrorCode::Internal, "cannot write " + path + ": " + reason()};
  }
  return lock;
}

bool is_devcluster_running(const std::string& folder) {
  const int file = open((folder + "/devcluster.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_held = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(file);
  return is_held;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

Status check_port_is_free(int port, const std::string& flag) {
  const int socket_file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(socket_file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const bool is_free = bind(socket_file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       listen(socket_file, 1) == 0;
  const int error = errno;
  close(socket_file);
  if (is_free) return Unit{};
  return Error{ErrorCode::Unavailable, "port " + std::to_string(port) + " on 127.0.0.1 cannot be used (" + std::strerror(error) +
                                           "); stop what uses it, or give another with " + flag};
}

Result<std::string> read_or_make_secret(const std::string& path) {
  std::string secret = read_file(path);
  while (!secret.empty() && secret.back() == '\n') secret.pop_back();
  if (!secret.empty()) return secret;
  unsigned char bytes[32];
  if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return Error{ErrorCode::Internal, "no random bytes from the kernel: " + reason()};
  }
  constexpr char kDigits[] = "0123456789abcdef";
  for (const unsigned char byte : bytes) {
    secret += kDigits[byte >> 4];
    secret += kDigits[byte & 15];
  }
  TRY(write_file(path, secret + "\n", 0600));
  return secret;
}

}  // namespace aurora
