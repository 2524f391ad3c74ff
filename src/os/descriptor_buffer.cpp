#include "aurora/os/descriptor_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace aurora::os {
namespace {

// 0, or the number of the error. A descriptor that somebody else made non-blocking is waited for.
int write_all(int descriptor, const char* bytes, const char* end) {
  while (bytes < end) {
    const ssize_t written = ::write(descriptor, bytes, static_cast<size_t>(end - bytes));
    if (written >= 0) {
      bytes += written;
    } else if (errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

DescriptorBuffer::DescriptorBuffer(int descriptor, OnLost on_lost) : descriptor_(descriptor), on_lost_(std::move(on_lost)) {
  setp(waiting_.data(), waiting_.data() + waiting_.size());
}

DescriptorBuffer::~DescriptorBuffer() { DescriptorBuffer::sync(); }

DescriptorBuffer::int_type DescriptorBuffer::overflow(int_type next) {
  if (DescriptorBuffer::sync() != 0) return traits_type::eof();
  if (traits_type::eq_int_type(next, traits_type::eof())) return traits_type::not_eof(next);
  return sputc(traits_type::to_char_type(next));
}

int DescriptorBuffer::sync() {
  const bool is_written = write_out(pbase(), pptr());
  setp(waiting_.data(), waiting_.data() + waiting_.size());
  return is_written ? 0 : -1;
}

std::streamsize DescriptorBuffer::xsputn(const char* bytes, std::streamsize count) {
  if (count < static_cast<std::streamsize>(waiting_.size())) return std::streambuf::xsputn(bytes, count);
  return DescriptorBuffer::sync() == 0 && write_out(bytes, bytes + count) ? count : 0;
}

bool DescriptorBuffer::write_out(const char* bytes, const char* end) {
  if (is_lost_) return false;
  const int error_number = write_all(descriptor_, bytes, end);
  if (error_number == 0) return true;
  is_lost_ = true;
  on_lost_(error_number);
  return false;
}

}  // namespace aurora::os
