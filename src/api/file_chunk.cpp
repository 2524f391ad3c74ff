#include "api/file_chunk.h"

#include <algorithm>
#include <memory>

namespace aurora::api {
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

Result<FileChunk> read_chunk(const os::Fd& file, int64_t offset, int64_t length) {
  const os::FileInfo info = TRY(os::describe(file));
  FileChunk chunk{offset, info.bytes, ""};
  const int64_t wanted = std::clamp<int64_t>(length, 0, kChunkBytesMax);
  const bool from_end = offset < 0;
  if (from_end) chunk.offset = std::max<int64_t>(0, info.bytes - wanted);
  chunk.data = TRY(os::read_at(file, chunk.offset, static_cast<size_t>(wanted)));
  if (from_end && chunk.offset > 0) {
    size_t skipped = 0;
    while (skipped < std::min<size_t>(3, chunk.data.size()) && is_continuation(chunk.data[skipped])) ++skipped;
    chunk.data.erase(0, skipped);
    chunk.offset += static_cast<int64_t>(skipped);
  }
  const bool more_follows = chunk.offset + static_cast<int64_t>(chunk.data.size()) < info.bytes;
  const size_t torn = more_follows ? torn_bytes(chunk.data) : 0;
  if (torn < chunk.data.size()) chunk.data.resize(chunk.data.size() - torn);
  return chunk;
}

Result<net::Response> download(os::Fd file, const std::string& path) {
  const os::FileInfo info = TRY(os::describe(file));
  if (info.is_folder) return Error{ErrorCode::NotFound, "No such file"};
  std::string name = path.substr(path.rfind('/') + 1);
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 32; }, '_');
  const auto shared = std::make_shared<os::Fd>(std::move(file));
  net::Response response;
  response.content_type = "application/octet-stream";
  response.headers = {{"Content-Disposition", "attachment; filename=\"" + name + "\""}};
  response.content_length = static_cast<size_t>(info.bytes);
  response.stream = [shared, size = static_cast<size_t>(info.bytes)](size_t offset) {
    constexpr size_t kPiece = 256 * 1024;
    if (offset >= size) return std::string();
    const Result<std::string> piece = os::read_at(*shared, static_cast<int64_t>(offset), std::min(kPiece, size - offset));
    return piece.ok() ? *piece : std::string();
  };
  return response;
}

}  // namespace aurora::api
