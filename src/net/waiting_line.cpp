#include "net/waiting_line.h"

namespace aurora::net {

std::optional<int> WaitingLine::oldest(const ByAge& line) {
  return line.empty() ? std::nullopt : std::optional(line.begin()->second);
}

void WaitingLine::leave(int socket, const std::string& address, const Place& place) {
  const std::pair entry(place.order, socket);
  if (place.kind == Kind::Idle) idle_.erase(entry);
  if (place.kind != Kind::Silent && place.kind != Kind::Unfinished) return;
  unfinished_.erase(entry);
  if (place.holds_bytes) with_bytes_.erase(entry);
  const auto found = by_address_.find(address);
  OfAddress& lines = found->second;
  (place.kind == Kind::Silent ? lines.silent : lines.begun).erase(entry);
  if (lines.silent.empty() && lines.begun.empty()) by_address_.erase(found);
}

void WaitingLine::enter(int socket, const std::string& address, const Place& place) {
  const std::pair entry(place.order, socket);
  if (place.kind == Kind::Idle) idle_.insert(entry);
  if (place.kind != Kind::Silent && place.kind != Kind::Unfinished) return;
  unfinished_.insert(entry);
  if (place.holds_bytes) with_bytes_.insert(entry);
  OfAddress& lines = by_address_[address];
  (place.kind == Kind::Silent ? lines.silent : lines.begun).insert(entry);
}

void WaitingLine::move(int socket, const std::string& address, Place& from, const Place& to) {
  if (from == to) return;
  if (from.deadline_ms != to.deadline_ms) {
    if (from.deadline_ms != kNever) deadlines_.erase({from.deadline_ms, socket});
    if (to.deadline_ms != kNever) deadlines_.emplace(to.deadline_ms, socket);
    from.deadline_ms = to.deadline_ms;
  }
  if (from == to) return;
  leave(socket, address, from);
  enter(socket, address, to);
  from = to;
}

std::vector<int> WaitingLine::surplus(const std::string& address, size_t most,
                                      const std::function<bool(int)>& is_new) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return {};
  const OfAddress& lines = found->second;
  if (lines.silent.size() + lines.begun.size() < most) return {};
  size_t count = lines.begun.size();
  auto first_new = lines.silent.begin();
  for (; first_new != lines.silent.end() && !is_new(first_new->second); ++first_new) ++count;
  std::vector<int> sockets;
  auto silent = lines.silent.begin();
  auto begun = lines.begun.begin();
  for (; count >= most && count > 0; --count) {
    const bool is_silent = begun == lines.begun.end() || (silent != first_new && *silent < *begun);
    sockets.push_back(is_silent ? (silent++)->second : (begun++)->second);
  }
  return sockets;
}

std::vector<int> WaitingLine::late(int64_t now_ms) const {
  std::vector<int> sockets;
  for (auto it = deadlines_.begin(); it != deadlines_.end() && it->first <= now_ms; ++it)
    sockets.push_back(it->second);
  return sockets;
}

}  // namespace aurora::net
