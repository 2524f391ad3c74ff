#include "aurora/base/sha256.h"

#include <algorithm>
#include <bit>
#include <string>

namespace aurora {
namespace {

__extension__ using Wide = unsigned __int128;
using State = std::array<uint32_t, 8>;

constexpr std::array<uint32_t, 64> first_primes() {
  std::array<uint32_t, 64> primes{};
  size_t count = 0;
  for (uint32_t candidate = 2; count < primes.size(); ++candidate) {
    bool is_prime = true;
    for (size_t i = 0; i < count; ++i) is_prime = is_prime && candidate % primes[i] != 0;
    if (is_prime) primes[count++] = candidate;
  }
  return primes;
}

// The first 32 bits of the fraction of the `degree`-th root of `n`: the standard's constants, by their
// definition.
constexpr uint32_t root_fraction(uint32_t n, int degree) {
  const Wide scaled = static_cast<Wide>(n) << (32 * degree);
  Wide low = 0;
  Wide high = Wide{1} << 40;
  while (high - low > 1) {
    const Wide middle = (low + high) / 2;
    Wide power = 1;
    for (int i = 0; i < degree; ++i) power *= middle;
    (power <= scaled ? low : high) = middle;
  }
  return static_cast<uint32_t>(low);
}

constexpr State initial_state() {
  State state{};
  for (size_t i = 0; i < state.size(); ++i) state[i] = root_fraction(first_primes()[i], 2);
  return state;
}

constexpr std::array<uint32_t, 64> round_constants() {
  std::array<uint32_t, 64> constants{};
  const auto primes = first_primes();
  for (size_t i = 0; i < constants.size(); ++i) constants[i] = root_fraction(primes[i], 3);
  return constants;
}

constexpr State kInitialState = initial_state();
constexpr std::array<uint32_t, 64> kRound = round_constants();

std::array<uint32_t, 64> schedule_of(const char* block) {
  std::array<uint32_t, 64> w{};
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 4; ++j) w[i] = (w[i] << 8) | static_cast<uint8_t>(block[4 * i + j]);
  }
  for (size_t i = 16; i < 64; ++i) {
    const uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  return w;
}

void compress(State& state, const char* block) {
  const std::array<uint32_t, 64> w = schedule_of(block);
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t i = 0; i < 64; ++i) {
    const uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t chosen = (e & f) ^ (~e & g);
    const uint32_t t1 = h + s1 + chosen + kRound[i] + w[i];
    const uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  const State mixed{a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i) state[i] += mixed[i];
}

constexpr size_t kBlock = 64;

}  // namespace

Sha256::Sha256() : state_(kInitialState) {}

void Sha256::add(std::string_view bytes) {
  bytes_ += bytes.size();
  if (!tail_.empty()) {
    const size_t missing = std::min(kBlock - tail_.size(), bytes.size());
    tail_ += bytes.substr(0, missing);
    bytes.remove_prefix(missing);
    if (tail_.size() < kBlock) return;
    compress(state_, tail_.data());
    tail_.clear();
  }
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) compress(state_, bytes.data());
  tail_ = bytes;
}

Digest Sha256::digest() const {
  State state = state_;
  std::string tail = tail_ + '\x80';
  while (tail.size() % kBlock != 56) tail += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) tail += static_cast<char>((bytes_ * 8) >> shift);
  for (size_t at = 0; at < tail.size(); at += kBlock) compress(state, tail.data() + at);

  Digest digest{};
  for (size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

Digest sha256(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.digest();
}

std::string to_hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace aurora
