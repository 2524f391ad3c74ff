#include "api/event_feed.h"

#include <algorithm>
#include <limits>

namespace aurora::api {
namespace {

constexpr int kReconnectMs = 2'000;  // what pages wait before they come back
constexpr size_t kPiecesMax = 4'096;

}  // namespace

void EventTexts::catch_up(const scheduler::EventWindow& window) {
  if (newest_ != 0 && window.newest() == newest_) return;
  const auto reading = window.read_after(newest_, std::numeric_limits<size_t>::max());
  for (const auto& block : reading.blocks) blocks_.push_back({block, std::vector<std::string>(block.events->size())});
  while (!blocks_.empty() && blocks_.front().block.last() < reading.oldest) blocks_.pop_front();
  oldest_ = reading.oldest;
  newest_ = reading.newest;
  pieces_.clear();
}

const std::string& EventTexts::frame_of(const scheduler::EventWindow& window, Encoded& encoded, uint64_t position) {
  std::string& frame = encoded.frames[position - encoded.block.first];
  if (frame.empty()) append_frame(frame, (*encoded.block.events)[position - encoded.block.first], window.token_at(position));
  return frame;
}

std::optional<EventTexts::Piece> EventTexts::next(const scheduler::EventWindow& window, uint64_t position,
                                                  const EventFilter& filter) {
  catch_up(window);
  if (position + 1 < oldest_) return std::nullopt;
  if (position >= newest_) return Piece{nullptr, position};
  const std::string key = std::to_string(position) + filter.key();
  if (const auto known = pieces_.find(key); known != pieces_.end()) return known->second;
  std::string text;
  auto block = std::ranges::lower_bound(blocks_, position + 1, {}, [](const Encoded& one) { return one.block.last(); });
  for (; block != blocks_.end() && text.size() < kPieceBytes; ++block) {
    while (position < block->block.last() && text.size() < kPieceBytes) {
      ++position;
      const uint64_t at = std::max(position, block->block.first);
      if (filter.matches((*block->block.events)[at - block->block.first])) text += frame_of(window, *block, at);
    }
  }
  Piece piece{text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text)), position};
  if (pieces_.size() < kPiecesMax) pieces_.emplace(key, piece);
  return piece;
}

EventFeed::EventFeed(std::shared_ptr<EventTexts> texts, const scheduler::EventWindow& window, uint64_t position,
                     EventFilter filter)
    : texts_(std::move(texts)), window_(window), filter_(std::move(filter)), position_(position) {}

std::string EventFeed::id_line() const { return "id: " + scheduler::to_string(window_.token_at(position_)) + "\n\n"; }

// The first text says from where it goes on, so that even one who gets no event can come back.
std::optional<net::Feed::Text> EventFeed::next() {
  if (!std::exchange(has_begun_, true))
    return std::make_shared<const std::string>("retry: " + std::to_string(kReconnectMs) + "\n" + id_line());
  for (;;) {
    const auto piece = texts_->next(window_, position_, filter_);
    if (!piece) return std::nullopt;
    const bool is_all = piece->position == position_;
    position_ = piece->position;
    if (piece->text || is_all) return piece->text;
  }
}

net::Feed::Text EventFeed::still_here() { return std::make_shared<const std::string>(": still here\n" + id_line()); }

}  // namespace aurora::api
