#include "api/etag.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace aurora::api {
namespace {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
};

constexpr uint64_t kFirst = 0x87c37b91114253d5;
constexpr uint64_t kSecond = 0x4cf5ad432745937f;

uint64_t finish(uint64_t k) {
  k = (k ^ k >> 33) * 0xff51afd7ed558ccd;
  k = (k ^ k >> 33) * 0xc4ceb9fe1a85ec53;
  return k ^ k >> 33;
}

// MurmurHash3_x64_128 (Austin Appleby, public domain): some GB a second. Nobody gains by two answers that collide: who
// makes them sees the older one himself.
Hash128 hash128(std::string_view bytes) {
  Hash128 h;
  const auto mix_low = [](uint64_t k) { return std::rotl(k * kFirst, 31) * kSecond; };
  const auto mix_high = [](uint64_t k) { return std::rotl(k * kSecond, 33) * kFirst; };
  std::array<uint64_t, 2> block{};
  size_t at = 0;
  for (; at + sizeof block <= bytes.size(); at += sizeof block) {
    std::memcpy(block.data(), bytes.data() + at, sizeof block);
    h.low = (std::rotl(h.low ^ mix_low(block[0]), 27) + h.high) * 5 + 0x52dce729;
    h.high = (std::rotl(h.high ^ mix_high(block[1]), 31) + h.low) * 5 + 0x38495ab5;
  }
  block = {};
  std::memcpy(block.data(), bytes.data() + at, bytes.size() - at);
  h.low ^= mix_low(block[0]);
  h.high ^= mix_high(block[1]);
  h.low ^= bytes.size();
  h.high ^= bytes.size();
  h.low += h.high;
  h.high += h.low;
  h.low = finish(h.low);
  h.high = finish(h.high);
  h.low += h.high;
  h.high += h.low;
  return h;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string etag_of(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  const Hash128 hash = hash128(bytes);
  std::string tag = "\"";
  for (const uint64_t half : {hash.low, hash.high}) {
    for (int shift = 60; shift >= 0; shift -= 4) tag += kDigits[half >> shift & 0xF];
  }
  return tag + '"';
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  for (std::string_view left = if_none_match; !left.empty();) {
    const size_t comma = std::min(left.find(','), left.size());
    std::string_view one = trim(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

net::Response answer_conditionally(const net::Request& request, net::Response response) {
  if (response.status != 200 || response.stream) return response;
  const std::string tag = etag_of(response.body);
  const auto known = request.headers.find("if-none-match");
  if (known != request.headers.end() && names_tag(known->second, tag)) {
    response.status = 304;
    response.body.clear();
  }
  response.headers.emplace("ETag", tag);
  response.headers.emplace("Cache-Control", "no-cache");  // kept, and asked for each time
  return response;
}

}  // namespace aurora::api
