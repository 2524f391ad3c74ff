// The executor's side of its nursery (include/aurora/executor/nursery.h), and what they say to each other.
// Used by the host loop's thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aurora/os/channel.h"

namespace aurora::executor {

inline constexpr int kNurseryChannelFd = 3;
inline constexpr int kNurseryProgressFd = 4;

struct BirthRequest {  // with the checkpoint as its file
  uint64_t id = 0;
  std::string folder;  // the task's
};
struct Birth {
  uint64_t id = 0;
  std::string failure;  // empty: it lives, and its process is the file
};
std::string encode(const BirthRequest& request);
std::string encode(const Birth& birth);
Result<BirthRequest> decode_request(std::string_view bytes);
Result<Birth> decode_birth(std::string_view bytes);

class NurseryLink {
 public:
  struct Place {
    std::string program;
    std::string state_folder;
    bool inherits_environment = false;  // it, its copies and what they run have ours; else it has none
  };
  static Result<NurseryLink> start(const Place& place, const os::Fd& progress);

  Status request(const BirthRequest& request, const os::Fd& checkpoint);
  struct Born {
    Birth birth;
    os::Fd process;
  };
  // What it has answered so far; an Error when the nursery is gone and nothing will follow.
  Result<std::vector<Born>> receive();
  const os::Fd& channel() const { return channel_; }  // readable when there is an answer
  void close();  // REQUIRES: it has no runners, so that it ends; waits for that, 2 s at most
  void bury();   // REQUIRES: receive() said that it is gone

 private:
  NurseryLink(os::Fd channel, int pid) : channel_(std::move(channel)), pid_(pid) {}
  os::Fd channel_;
  int pid_;
};

}  // namespace aurora::executor
