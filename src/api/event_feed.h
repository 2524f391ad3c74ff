// What followers of events are sent. However many there are, an event is encoded once, and what those with
// the same filter get at the same place is one text.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/event_text.h"
#include "aurora/net/followers.h"

namespace aurora::api {

// Used on one thread: that of all followers.
class EventTexts {
 public:
  struct Piece {
    net::Feed::Text text = nullptr;  // nothing of it was wanted
    uint64_t position = 0;           // what comes next is behind it
  };

  // What comes behind `position`, kPieceBytes and an event at most. nullopt: it is not kept any more.
  std::optional<Piece> next(const scheduler::EventWindow& window, uint64_t position, const EventFilter& filter);

  static constexpr size_t kPieceBytes = 32u << 10;

 private:
  struct Encoded {
    scheduler::EventWindow::Block block;
    std::vector<std::string> frames;  // empty: not needed yet
  };
  void catch_up(const scheduler::EventWindow& window);
  const std::string& frame_of(const scheduler::EventWindow& window, Encoded& block, uint64_t position);

  std::deque<Encoded> blocks_;  // of the window
  uint64_t oldest_ = 1;
  uint64_t newest_ = 0;
  std::unordered_map<std::string, Piece> pieces_;  // since newest_, by place and filter
};

class EventFeed final : public net::Feed {
 public:
  // Behind `position`. `texts`: that of all feeds.
  EventFeed(std::shared_ptr<EventTexts> texts, const scheduler::EventWindow& window, uint64_t position, EventFilter filter);
  std::optional<Text> next() override;
  Text still_here() override;

 private:
  std::string id_line() const;

  const std::shared_ptr<EventTexts> texts_;
  const scheduler::EventWindow& window_;
  const EventFilter filter_;
  uint64_t position_;
  bool has_begun_ = false;
};

}  // namespace aurora::api
