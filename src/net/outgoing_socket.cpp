#include "net/outgoing_socket.h"

namespace aurora::net {

bool OutgoingSocket::is_open() const {
  const std::lock_guard lock(mutex_);
  return is_open_;
}

std::optional<std::string> OutgoingSocket::take() {
  std::optional<std::string> message;
  {
    const std::lock_guard lock(mutex_);
    if (received_.empty()) return std::nullopt;
    message = std::move(received_.front());
    received_.pop_front();
    const bool was_full = received_bytes_ > limits_.untaken_bytes_max;
    received_bytes_ -= message->size();
    if (!was_full || received_bytes_ > limits_.untaken_bytes_max) return message;
  }
  ask_to_read();
  return message;
}

void OutgoingSocket::send(std::string message) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    unsent_bytes_ += message.size();
    unsent_.push_back(std::move(message));
  }
  ask_to_write();
}

size_t OutgoingSocket::unsent_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsent_bytes_;
}

std::optional<WebSocketEnd> OutgoingSocket::find_end() const {
  const std::lock_guard lock(mutex_);
  return received_.empty() ? end_ : std::nullopt;
}

void OutgoingSocket::set_open() {
  {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
  }
  on_event_();
}

void OutgoingSocket::add_received(std::string message) {
  {
    const std::lock_guard lock(mutex_);
    received_bytes_ += message.size();
    received_.push_back(std::move(message));
  }
  on_event_();
}

bool OutgoingSocket::has_room() const {
  const std::lock_guard lock(mutex_);
  return received_bytes_ <= limits_.untaken_bytes_max;
}

std::optional<std::string> OutgoingSocket::next_unsent() {
  const std::lock_guard lock(mutex_);
  if (unsent_.empty()) return std::nullopt;
  std::string next = std::move(unsent_.front());
  unsent_.pop_front();
  return next;
}

void OutgoingSocket::forget_sent(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    unsent_bytes_ -= bytes;
  }
  on_event_();
}

void OutgoingSocket::end(WebSocketEnd how) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    how.was_open = is_open_;
    end_ = std::move(how);
    unsent_.clear();
    unsent_bytes_ = 0;
  }
  on_event_();
}

bool OutgoingSocket::is_over() const {
  const std::lock_guard lock(mutex_);
  return end_.has_value();
}

}  // namespace aurora::net
