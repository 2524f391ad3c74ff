#include "net/waiting_line.h"

#include <utility>

namespace aurora::net {

std::optional<int> WaitingLine::oldest(const ByAge& line) {
  return line.empty() ? std::nullopt : std::optional(line.begin()->first.second);
}

void WaitingLine::leave_unfinished(int socket, const std::string& address, const Wait& wait) {
  if (wait.kind != Kind::Silent && wait.kind != Kind::Unfinished) return;
  const std::pair entry(wait.order, socket);
  unfinished_.erase(entry);
  if (wait.holds_bytes) with_bytes_.erase(entry);
  const auto found = by_address_.find(address);
  OfAddress& lines = found->second;
  (wait.kind == Kind::Silent ? lines.silent : lines.begun).erase(entry);
  if (lines.silent.empty() && lines.begun.empty()) by_address_.erase(found);
}

void WaitingLine::enter(int socket, const std::string& address, Place& place) {
  const Wait& wait = place.wait_;
  const std::pair entry(wait.order, socket);
  if (wait.kind == Kind::Idle && (!place.idle_order_ || *place.idle_order_ > wait.order)) {
    if (place.idle_order_) idle_.erase({*place.idle_order_, socket});
    idle_.emplace(entry, &place);
    place.idle_order_ = wait.order;
  }
  if (wait.kind != Kind::Silent && wait.kind != Kind::Unfinished) return;
  unfinished_.emplace(entry, &place);
  if (wait.holds_bytes) with_bytes_.emplace(entry, &place);
  OfAddress& lines = by_address_[address];
  (wait.kind == Kind::Silent ? lines.silent : lines.begun).emplace(entry, &place);
}

void WaitingLine::move(int socket, const std::string& address, Place& place, const Wait& to) {
  if (to.deadline_ms < place.deadline_ms_) set_deadline(socket, place, to.deadline_ms);
  const Wait from = std::exchange(place.wait_, to);
  if (from.kind == to.kind && from.order == to.order && from.holds_bytes == to.holds_bytes) return;
  leave_unfinished(socket, address, from);
  enter(socket, address, place);
}

void WaitingLine::leave(int socket, const std::string& address, Place& place) {
  leave_unfinished(socket, address, place.wait_);
  if (place.idle_order_) idle_.erase({*place.idle_order_, socket});
  set_deadline(socket, place, kNever);
  place = {};
}

void WaitingLine::set_deadline(int socket, Place& place, int64_t deadline_ms) {
  if (place.deadline_ms_ != kNever) deadlines_.erase({place.deadline_ms_, socket});
  if (deadline_ms != kNever) deadlines_.emplace(std::pair(deadline_ms, socket), &place);
  place.deadline_ms_ = deadline_ms;
}

std::optional<int> WaitingLine::oldest_idle() {
  while (!idle_.empty()) {
    const auto [order, socket] = idle_.begin()->first;
    Place& place = *idle_.begin()->second;
    if (place.wait_.kind == Kind::Idle && place.wait_.order == order) return socket;
    idle_.erase(idle_.begin());
    place.idle_order_.reset();
    if (place.wait_.kind != Kind::Idle) continue;
    idle_.emplace(std::pair(place.wait_.order, socket), &place);
    place.idle_order_ = place.wait_.order;
  }
  return std::nullopt;
}

std::vector<int> WaitingLine::surplus(const std::string& address, size_t most,
                                      const std::function<bool(int)>& is_new) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return {};
  const OfAddress& lines = found->second;
  if (lines.silent.size() + lines.begun.size() < most) return {};
  size_t count = lines.begun.size();
  auto first_new = lines.silent.begin();
  for (; first_new != lines.silent.end() && !is_new(first_new->first.second); ++first_new) ++count;
  std::vector<int> sockets;
  auto silent = lines.silent.begin();
  auto begun = lines.begun.begin();
  for (; count >= most && count > 0; --count) {
    const bool is_silent =
        begun == lines.begun.end() || (silent != first_new && silent->first < begun->first);
    sockets.push_back(is_silent ? (silent++)->first.second : (begun++)->first.second);
  }
  return sockets;
}

std::vector<int> WaitingLine::late(int64_t now_ms) {
  for (auto it = deadlines_.begin(); it != deadlines_.end() && it->first.first <= now_ms;) {
    const auto [entry, place] = *it++;
    if (place->wait_.deadline_ms != entry.first) set_deadline(entry.second, *place, place->wait_.deadline_ms);
  }
  std::vector<int> sockets;
  for (auto it = deadlines_.begin(); it != deadlines_.end() && it->first.first <= now_ms; ++it)
    sockets.push_back(it->first.second);
  return sockets;
}

}  // namespace aurora::net
