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

struct Header {
  uint32_t size = 0;
  uint32_t sum = 0;
};
std::optional<Header> header_at(std::string_view bytes, size_t at) {
  if (bytes.size() - at < kHeaderBytes) return std::nullopt;
  ByteReader reader(bytes.substr(at, kHeaderBytes));
  const Header header{reader.get<uint32_t>(), reader.get<uint32_t>()};
  if (header.size > kPayloadBytesMax || header.size > bytes.size() - at - kHeaderBytes) return std::nullopt;
  return header;
}

std::optional<std::string_view> frame_at(std::string_view bytes, size_t at) {
  const std::optional<Header> header = header_at(bytes, at);
  if (!header) return std::nullopt;
  const std::string_view payload = bytes.substr(at + kHeaderBytes, header->size);
  return checksum(payload) == header->sum ? std::optional(payload) : std::nullopt;
}

// For the next frame behind damage. Every offset may be one, and each that looks like one costs its checksum: what all
// searches of a file may cost is bounded, for a file that was made to be expensive.
struct Search {
  std::string_view bytes;
  const std::function<bool(std::string_view)>& is_payload;
  size_t left = (size_t{64} << 20) + 16 * bytes.size();

  std::optional<size_t> find_from(size_t at) {
    for (; at < bytes.size(); ++at) {
      const std::optional<Header> header = header_at(bytes, at);
      if (!header) continue;
      if (left < header->size) return std::nullopt;
      left -= header->size;
      const std::optional<std::string_view> payload = frame_at(bytes, at);
      if (payload && is_payload(*payload)) return at;
    }
    return std::nullopt;
  }
};

}  // namespace

std::string frame(std::string_view payload) {
  ByteWriter writer;
  writer.add(static_cast<uint32_t>(payload.size()));
  writer.add(checksum(payload));
  std::string bytes = writer.take();
  bytes.append(payload);
  return bytes;
}

Frames split_frames(std::string_view bytes, const std::function<bool(std::string_view)>& is_payload) {
  Frames frames;
  Search search{bytes, is_payload};
  for (size_t at = 0; at < bytes.size();) {
    std::optional<std::string_view> payload = frame_at(bytes, at);
    if (!payload) {
      const std::optional<size_t> next = is_payload ? search.find_from(at + 1) : std::nullopt;
      if (!next) break;
      frames.gaps.push_back({at, *next - at});
      at = *next;
      payload = frame_at(bytes, at);
    }
    frames.payloads.push_back(*payload);
    at += kHeaderBytes + payload->size();
    frames.good_bytes = at;
  }
  return frames;
}

}  // namespace aurora::executor
