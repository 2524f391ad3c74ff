// What a command writes, kept until it has ended: a little in memory, the rest in a file without a name, up to a bound. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace aurora::client {

struct SpoolLimits {
  size_t memory_bytes_max = 64u << 10;
  int64_t bytes_max = 100 << 20;  // what follows is dropped
};

class OutputSpool {
 public:
  // `folder`: for the file.
  explicit OutputSpool(std::string folder, SpoolLimits limits = {}) : folder_(std::move(folder)), limits_(limits) {}
  ~OutputSpool();
  OutputSpool(OutputSpool&& other) noexcept;
  OutputSpool& operator=(OutputSpool&&) = delete;

  void add(std::string_view bytes);
  // Calls `take` with each line, without its end; very long ones in pieces. Behind the last, if not all was kept, with one
  // in brackets that says so.
  void each_line(const std::function<void(std::string_view line)>& take);

 private:
  bool spill(std::string_view bytes);  // into the file

  std::string folder_;
  SpoolLimits limits_;
  std::string memory_;
  int file_ = -1;
  int64_t kept_bytes_ = 0;
  std::string not_kept_;  // why; empty: all was
};

}  // namespace aurora::client
