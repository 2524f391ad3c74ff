#include "aurora/executor/sandbox_file.h"

#include <algorithm>

namespace aurora::executor {
namespace {

constexpr int64_t kChunkBytesMax = 1 << 20;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes at the end that begin a character without finishing it; 0 when the text is no UTF-8 there.
size_t torn_bytes(const std::string& text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto c = static_cast<unsigned char>(text[text.size() - back]);
    if ((c & 0xC0) == 0x80) continue;
    const size_t wanted = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    return wanted > back ? back : 0;
  }
  return 0;
}

}  // namespace

SandboxFile SandboxFile::from(os::Fd fd) {
  const std::optional<os::FileMark> mark = os::find_mark(fd);
  return SandboxFile(std::move(fd), mark);
}

Result<os::FolderPage> SandboxFile::list(size_t offset, size_t limit) const {
  return os::list_folder(*fd_, offset, limit);
}

Result<std::string> SandboxFile::read(int64_t offset, size_t length) const {
  return os::read_at(*fd_, offset, length);
}

Result<size_t> SandboxFile::read_into(int64_t offset, char* into, size_t length) const {
  return os::read_at(*fd_, offset, into, length);
}

Result<SandboxFile::Chunk> SandboxFile::read_text(int64_t offset, int64_t length) const {
  const int64_t wanted = std::clamp<int64_t>(length, 0, kChunkBytesMax);
  const bool from_end = offset < 0;
  Chunk chunk{from_end ? std::max<int64_t>(0, bytes() - wanted) : offset, ""};
  chunk.data = TRY(read(chunk.offset, static_cast<size_t>(wanted)));
  if (from_end && chunk.offset > 0) {
    size_t skipped = 0;
    while (skipped < std::min<size_t>(3, chunk.data.size()) && is_continuation(chunk.data[skipped]))
      ++skipped;
    chunk.data.erase(0, skipped);
    chunk.offset += static_cast<int64_t>(skipped);
  }
  const bool more_follows = chunk.offset + static_cast<int64_t>(chunk.data.size()) < bytes();
  const size_t torn = more_follows ? torn_bytes(chunk.data) : 0;
  if (torn < chunk.data.size()) chunk.data.resize(chunk.data.size() - torn);
  return chunk;
}

}  // namespace aurora::executor
