#include "client/output_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace aurora::client {
namespace {

constexpr size_t kLineMax = 1u << 20;
constexpr size_t kPieceBytes = 64u << 10;

int open_nameless(const std::string& folder) {
  std::string path = folder + "/aurora-output-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

// Cuts what it is given into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& take) : take_(take) {}
  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      rest_ += bytes.substr(0, end);
      if (end == std::string_view::npos) {
        if (rest_.size() >= kLineMax) give();
        return;
      }
      give();
      bytes.remove_prefix(end + 1);
    }
  }
  void finish() {
    if (!rest_.empty()) give();
  }

 private:
  void give() {
    if (rest_.ends_with('\r')) rest_.pop_back();
    take_(rest_);
    rest_.clear();
  }

  const std::function<void(std::string_view)>& take_;
  std::string rest_;
};

}  // namespace

OutputSpool::~OutputSpool() {
  if (file_ >= 0) close(file_);
}

OutputSpool::OutputSpool(OutputSpool&& other) noexcept
    : folder_(std::move(other.folder_)),
      limits_(other.limits_),
      memory_(std::move(other.memory_)),
      file_(std::exchange(other.file_, -1)),
      kept_bytes_(other.kept_bytes_),
      not_kept_(std::move(other.not_kept_)) {}

void OutputSpool::add(std::string_view bytes) {
  if (!not_kept_.empty()) return;
  const auto room = static_cast<size_t>(limits_.bytes_max - kept_bytes_);
  if (bytes.size() > room) {
    not_kept_ = "output beyond " + std::to_string(limits_.bytes_max) + " bytes is left out";
    bytes = bytes.substr(0, room);
  }
  kept_bytes_ += static_cast<int64_t>(bytes.size());
  memory_ += bytes;
  if (memory_.size() <= limits_.memory_bytes_max) return;
  if (spill(memory_)) memory_.clear();
}

bool OutputSpool::spill(std::string_view bytes) {
  if (file_ < 0) file_ = open_nameless(folder_);
  while (file_ >= 0 && !bytes.empty()) {
    const ssize_t count = write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (file_ >= 0 && bytes.empty()) return true;
  not_kept_ = "the rest of the output is left out, as it cannot be kept in " + folder_ + ": " + std::strerror(errno);
  memory_ = std::string(bytes);
  return false;
}

void OutputSpool::each_line(const std::function<void(std::string_view line)>& take) {
  Lines lines(take);
  std::string piece(kPieceBytes, '\0');
  for (off_t at = 0; file_ >= 0;) {
    const ssize_t count = pread(file_, piece.data(), piece.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    at += count;
    lines.add(std::string_view(piece).substr(0, static_cast<size_t>(count)));
  }
  lines.add(memory_);
  lines.finish();
  if (!not_kept_.empty()) take("[" + not_kept_ + "]");
}

}  // namespace aurora::client
