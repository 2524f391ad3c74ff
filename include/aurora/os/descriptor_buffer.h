// A stream's buffer over a descriptor. The standard's own forgets why something could not be written, and most of what
// prints never asks: this one says so, once, the moment that it happens. One thread.
#pragma once

#include <array>
#include <functional>
#include <streambuf>

namespace aurora::os {

class DescriptorBuffer final : public std::streambuf {
 public:
  // `on_lost` gets the number of the error (EPIPE: nobody reads it any more); what is written after it is dropped.
  using OnLost = std::function<void(int error_number)>;
  DescriptorBuffer(int descriptor, OnLost on_lost);
  ~DescriptorBuffer() override;
  DescriptorBuffer(const DescriptorBuffer&) = delete;
  DescriptorBuffer& operator=(const DescriptorBuffer&) = delete;

 protected:
  int_type overflow(int_type next) override;
  int sync() override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;  // what is long is not copied

 private:
  bool write_out(const char* bytes, const char* end);
  int descriptor_;
  OnLost on_lost_;
  bool is_lost_ = false;
  std::array<char, 8192> waiting_;
};

}  // namespace aurora::os
