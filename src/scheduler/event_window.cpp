#include "aurora/scheduler/event_window.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace aurora::scheduler {
namespace {

constexpr size_t kSaltDigits = 4;

std::string hex_of(uint16_t salt) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kSaltDigits, '0');
  for (size_t i = kSaltDigits; i-- > 0; salt = static_cast<uint16_t>(salt >> 4)) text[i] = kDigits[salt & 15];
  return text;
}

// The whole of `text`, without sign or further zeros: so that there is one token a position.
template <typename T>
std::optional<T> number_of(std::string_view text, int base = 10) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
  if (base == 10 && text.size() > 1 && text.front() == '0') return std::nullopt;
  return number;
}

}  // namespace

std::string to_string(const EventToken& token) {
  return std::to_string(token.started_at.ms) + '-' + hex_of(token.salt) + '-' + std::to_string(token.position);
}

std::optional<EventToken> parse_event_token(std::string_view text) {
  const size_t first = text.find('-');
  const size_t second = first == std::string_view::npos ? first : text.find('-', first + 1);
  if (second == std::string_view::npos || second - first - 1 != kSaltDigits) return std::nullopt;
  const auto started = number_of<int64_t>(text.substr(0, first));
  const auto salt = number_of<uint16_t>(text.substr(first + 1, kSaltDigits), 16);
  const auto position = number_of<uint64_t>(text.substr(second + 1));
  if (!started || !salt || !position) return std::nullopt;
  const EventToken token{{*started}, *salt, *position};
  return to_string(token) == text ? std::optional(token) : std::nullopt;
}

EventWindow::EventWindow(size_t events_max, Instant started_at, uint16_t salt)
    : events_max_(events_max), started_at_(started_at), salt_(salt) {}

void EventWindow::add(std::vector<Event> events) {
  if (events.empty()) return;
  std::vector<Block> dropped;  // after the lock is released
  {
    Block block{0, std::make_shared<const std::vector<Event>>(std::move(events))};
    const std::lock_guard lock(mutex_);
    block.first = newest_ + 1;
    newest_ = block.last();
    count_ += block.events->size();
    blocks_.push_back(std::move(block));
    while (count_ - blocks_.front().events->size() >= events_max_) {
      count_ -= blocks_.front().events->size();
      dropped.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
    }
  }
  const std::lock_guard lock(call_mutex_);
  if (call_) call_();
}

EventWindow::Reading EventWindow::read_locked(uint64_t after, size_t events_max) const {
  Reading reading{.oldest = newest_ - count_ + 1, .newest = newest_, .blocks = {}};
  auto next = std::ranges::lower_bound(blocks_, after + 1, {}, [](const Block& block) { return block.last(); });
  for (size_t found = 0; next != blocks_.end() && found < events_max; ++next) {
    found += next->last() - std::max(after, next->first - 1);
    reading.blocks.push_back(*next);
  }
  return reading;
}

EventWindow::Reading EventWindow::read_after(uint64_t position, size_t events_max) const {
  const std::lock_guard lock(mutex_);
  return read_locked(std::min(position, newest_), events_max);
}

EventWindow::Reading EventWindow::read_last(size_t events_max) const {
  const std::lock_guard lock(mutex_);
  return read_locked(newest_ - std::min<uint64_t>(events_max, count_), events_max);
}

uint64_t EventWindow::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

TokenState EventWindow::state_of(const EventToken& token) const {
  if (token.started_at < started_at_) return TokenState::EarlierStart;
  if (token.started_at > started_at_) return TokenState::LaterStart;
  if (token.salt != salt_) return TokenState::EarlierStart;
  const std::lock_guard lock(mutex_);
  if (token.position > newest_) return TokenState::Future;
  return token.position < newest_ - count_ ? TokenState::TooOld : TokenState::Good;
}

void EventWindow::on_more(std::function<void()> call) {
  const std::lock_guard lock(call_mutex_);
  call_ = std::move(call);
}

}  // namespace aurora::scheduler
