#include "client/local_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace aurora::client {
namespace {

constexpr int kPermissions = 0777;

Error failed(const std::string& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return {is_full ? ErrorCode::ResourceExhausted : ErrorCode::InvalidArgument, path + ": " + std::strerror(error)};
}

}  // namespace

Result<LocalReader> LocalReader::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not keep us
  if (file < 0) return failed(path, errno);
  LocalReader reader(file, {});
  struct stat facts {};
  if (fstat(file, &facts) != 0) return failed(path, errno);
  if (S_ISDIR(facts.st_mode))
    return Error{ErrorCode::InvalidArgument, path + ": is a folder; copy an archive of it, or use --scp-options=-r"};
  if (!S_ISREG(facts.st_mode)) return Error{ErrorCode::InvalidArgument, path + ": not a regular file"};
  reader.facts_ = {facts.st_size, static_cast<int>(facts.st_mode) & kPermissions};
  return reader;
}

LocalReader::~LocalReader() {
  if (file_ >= 0) close(file_);
}

LocalReader::LocalReader(LocalReader&& other) noexcept
    : file_(std::exchange(other.file_, -1)), facts_(other.facts_), at_(other.at_) {}

Result<std::string> LocalReader::read(size_t most) {
  std::string bytes(static_cast<size_t>(std::min(static_cast<int64_t>(most), facts_.bytes - at_)), '\0');
  if (bytes.empty()) return bytes;
  ssize_t count = 0;
  while ((count = pread(file_, bytes.data(), bytes.size(), at_)) < 0 && errno == EINTR) {
  }
  if (count < 0) return Error{ErrorCode::DataLoss, std::string("it cannot be read: ") + std::strerror(errno)};
  if (count == 0) return Error{ErrorCode::DataLoss, "it has become shorter while it was copied"};
  at_ += count;
  bytes.resize(static_cast<size_t>(count));
  return bytes;
}

Result<std::string> LocalWriter::place_of(const std::string& path, const std::string& name, bool needs_folder) {
  struct stat facts {};
  const bool is_there = stat(path.c_str(), &facts) == 0;
  const bool is_folder = is_there && S_ISDIR(facts.st_mode);
  if (needs_folder && !is_folder) return failed(path, is_there ? ENOTDIR : ENOENT);
  const std::string place = !is_folder ? path : path + (path.ends_with('/') ? "" : "/") + name;
  if (is_folder && stat(place.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return failed(place, EISDIR);
  return place;
}

Result<LocalWriter> LocalWriter::begin(const std::string& place) {
  struct stat facts {};
  if (stat(place.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    const int file = ::open(place.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return failed(place, errno);
    return LocalWriter(file, place, "");
  }
  const std::string path = place + ".aurora-part-" + std::to_string(getpid());
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return failed(path, errno);
  return LocalWriter(file, place, path);
}

Result<LocalWriter> LocalWriter::begin_nameless(const std::string& folder) {
  std::string path = folder + "/aurora-copy-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return failed(path, errno);
  unlink(path.c_str());
  return LocalWriter(file, path, "");
}

LocalWriter::~LocalWriter() {
  if (file_ >= 0) close(file_);
  if (!path_.empty()) unlink(path_.c_str());
}

LocalWriter::LocalWriter(LocalWriter&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      place_(std::move(other.place_)),
      path_(std::exchange(other.path_, "")),
      bytes_(other.bytes_) {}

Status LocalWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(place_, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
    bytes_ += count;
  }
  return Unit{};
}

Status LocalWriter::finish(int mode) {
  const int file = std::exchange(file_, -1);
  if (path_.empty()) return close(file) == 0 ? Status(Unit{}) : Status(failed(place_, errno));
  const bool has_mode = fchmod(file, static_cast<mode_t>(mode & kPermissions)) == 0;
  const int error = errno;
  if (close(file) != 0) return failed(place_, errno);  // some file systems tell only now that there is no room
  if (!has_mode) return failed(place_, error);
  if (rename(path_.c_str(), place_.c_str()) != 0) return failed(place_, errno);
  path_.clear();
  return Unit{};
}

LocalReader LocalWriter::read_again(int mode) { return LocalReader(std::exchange(file_, -1), {bytes_, mode}); }

}  // namespace aurora::client
