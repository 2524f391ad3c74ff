#include "client/shell_session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace aurora::client {
namespace {

constexpr size_t kPendingMax = 256u << 10;  // above it the command is asked to pause
constexpr size_t kPendingLittle = 32u << 10;
constexpr size_t kPendingLimit = 1u << 20;  // above it nothing more is taken, whatever it does
constexpr size_t kPieceBytes = 16u << 10;
constexpr size_t kPipeAtOnce = 4096;  // what a pipe takes without waiting once it takes anything
constexpr int kEndedByUs = 255;       // as ssh has it

}  // namespace

ShellSession::ShellSession(net::WebSocketClients& sockets, ExecCall& call, LocalTerminal* terminal, LocalStreams streams)
    : sockets_(sockets),
      call_(call),
      terminal_(terminal),
      input_(streams.input),
      output_{streams.output},
      errors_{streams.errors} {}

ShellSession::~ShellSession() {
  if (terminal_ != nullptr) terminal_->restore();
}

Result<ExecEnd> ShellSession::run() {
  for (;;) {
    if (!has_begun_ && call_.has_begun()) begin();
    take_output();
    pause_or_go_on();
    if (own_end_) return *own_end_;
    if (pending_bytes() == 0) {
      if (const auto end = call_.find_end()) return *end;
    }
    wait();
  }
}

void ShellSession::begin() {
  has_begun_ = true;
  if (terminal_ == nullptr) return;
  terminal_->make_raw();
  call_.resize(terminal_->size());
}

void ShellSession::take_output() {
  while (pending_bytes() < kPendingLimit) {
    std::optional<ExecCall::Output> next = call_.take();
    if (!next) return;
    Sink& sink = next->is_error ? errors_ : output_;
    if (!sink.is_broken) sink.pending += next->bytes;
  }
}

void ShellSession::pause_or_go_on() {
  const size_t pending = pending_bytes();
  const bool wants_pause = pending > kPendingMax || (is_paused_ && pending > kPendingLittle);
  if (wants_pause == is_paused_) return;
  is_paused_ = wants_pause;
  call_.pause(wants_pause);
}

void ShellSession::wait() {
  constexpr int kLookEveryMs = 1000;
  // Behind a pause nothing may stand in the way of its end: the host stops reading while the command takes no input.
  const bool reads = has_begun_ && !input_is_over_ && !is_paused_ && call_.has_room();
  const auto watch = [](int descriptor, bool is_wanted, short events) {
    return pollfd{.fd = is_wanted ? descriptor : -1, .events = events, .revents = 0};
  };
  pollfd watched[] = {
      watch(sockets_.events(), true, POLLIN),
      watch(input_, reads, POLLIN),
      watch(output_.descriptor, !output_.pending.empty(), POLLOUT),
      watch(errors_.descriptor, !errors_.pending.empty(), POLLOUT),
      watch(terminal_ == nullptr ? -1 : terminal_->signals(), true, POLLIN),
  };
  if (poll(watched, std::size(watched), kLookEveryMs) <= 0) return;
  if (watched[0].revents != 0) sockets_.forget_events();
  if (watched[2].revents != 0) write_some(output_);
  if (watched[3].revents != 0) write_some(errors_);
  if (output_.is_broken) own_end_ = ExecEnd{.code = 128 + SIGPIPE};
  if (watched[4].revents != 0) obey_signals();
  if (watched[1].revents != 0) read_input();
}

// In pieces that it takes without keeping us, whoever else has it open.
void ShellSession::write_some(Sink& sink) const {
  const ssize_t count = write(sink.descriptor, sink.pending.data(), std::min(sink.pending.size(), kPipeAtOnce));
  if (count >= 0) {
    sink.pending.erase(0, static_cast<size_t>(count));
  } else if (errno != EAGAIN && errno != EINTR) {
    sink.is_broken = true;
    sink.pending.clear();
  }
}

void ShellSession::read_input() {
  char bytes[kPieceBytes];
  const ssize_t count = read(input_, bytes, sizeof bytes);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    input_is_over_ = true;
    if (terminal_ != nullptr) own_end_ = ExecEnd{.code = 128 + SIGHUP};  // it is gone
    return call_.close_input();
  }
  const std::string_view read_now(bytes, static_cast<size_t>(count));
  if (terminal_ == nullptr) return call_.write(read_now);
  call_.write(typed_.take(read_now));
  if (typed_.asks_for_end()) own_end_ = ExecEnd{.code = kEndedByUs};
}

void ShellSession::obey_signals() {
  for (const int number : terminal_->take_signals()) {
    if (number == SIGCONT) terminal_->make_raw();  // whoever had the terminal meanwhile has changed it
    if (number == SIGCONT || number == SIGWINCH) {
      call_.resize(terminal_->size());
    } else {
      own_end_ = ExecEnd{.code = 128 + number};
    }
  }
}

}  // namespace aurora::client
