#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr uint32_t kPayloadBytesMax = 64u << 20;

uint32_t checksum(std::string_view bytes) {  // FNV-1a
  uint32_t hash = 2166136261u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace

std::string frame(std::string_view payload) {
  ByteWriter writer;
  writer.add(static_cast<uint32_t>(payload.size()));
  writer.add(checksum(payload));
  std::string bytes = writer.take();
  bytes.append(payload);
  return bytes;
}

Frames split_frames(std::string_view bytes) {
  Frames frames;
  while (bytes.size() - frames.good_bytes >= kHeaderBytes) {
    ByteReader header(bytes.substr(frames.good_bytes, kHeaderBytes));
    const auto size = header.get<uint32_t>();
    const auto sum = header.get<uint32_t>();
    const std::string_view rest = bytes.substr(frames.good_bytes + kHeaderBytes);
    if (size > kPayloadBytesMax || rest.size() < size || checksum(rest.substr(0, size)) != sum) break;
    frames.payloads.push_back(rest.substr(0, size));
    frames.good_bytes += kHeaderBytes + size;
  }
  return frames;
}

}  // namespace aurora::executor
