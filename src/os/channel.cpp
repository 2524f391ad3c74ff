#include "aurora/os/channel.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

namespace aurora::os {
namespace {

constexpr size_t kBytesMax = 4096;
constexpr size_t kFilesMax = 4;

// What sendmsg() and recvmsg() want, in one piece.
struct Envelope {
  alignas(cmsghdr) char control[CMSG_SPACE(kFilesMax * sizeof(int))] = {};
  iovec part{};
  msghdr header{};

  Envelope(void* bytes, size_t size) : part{bytes, size} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
};

std::vector<Fd> take_files(msghdr& header) {
  std::vector<Fd> files;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof fd, sizeof fd);
      files.emplace_back(fd);
    }
  }
  return files;
}

}  // namespace

Result<std::pair<Fd, Fd>> make_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error("cannot make", "a channel");
  const timeval patience{10, 0};
  for (const int end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

Status send_message(const Fd& channel, std::string_view bytes, const std::vector<int>& files) {
  if (bytes.empty() || bytes.size() > kBytesMax || files.size() > kFilesMax) {
    return Error{ErrorCode::InvalidArgument,
                 "a message of " + std::to_string(bytes.size()) + " bytes is none for a channel"};
  }
  Envelope envelope(const_cast<char*>(bytes.data()), bytes.size());
  if (!files.empty()) {
    envelope.header.msg_control = envelope.control;
    envelope.header.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
    cmsghdr* item = CMSG_FIRSTHDR(&envelope.header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
    std::memcpy(CMSG_DATA(item), files.data(), files.size() * sizeof(int));
  }
  for (;;) {
    if (::sendmsg(channel.get(), &envelope.header, MSG_NOSIGNAL) >= 0) return Unit{};
    if (errno != EINTR) return system_error("cannot send to", "the nursery");
  }
}

Result<std::optional<Message>> receive_message(const Fd& channel, Receive how) {
  Message message{std::string(kBytesMax, '\0'), {}};
  for (;;) {
    Envelope envelope(message.bytes.data(), message.bytes.size());
    envelope.header.msg_control = envelope.control;
    envelope.header.msg_controllen = sizeof envelope.control;
    const int flags = MSG_CMSG_CLOEXEC | (how == Receive::IfThere ? MSG_DONTWAIT : 0);
    const ssize_t n = ::recvmsg(channel.get(), &envelope.header, flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return std::optional<Message>();
    if (n <= 0) return Error{ErrorCode::Unavailable, "the other end of the channel is closed"};
    message.files = take_files(envelope.header);
    message.bytes.resize(static_cast<size_t>(n));
    return std::optional<Message>(std::move(message));
  }
}

}  // namespace aurora::os
