// A connection between two processes of this machine: whole messages, in order, with open files along.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aurora/os/files.h"

namespace aurora::os {

Result<std::pair<Fd, Fd>> make_channel();  // its two ends, close-on-exec

// At most 4 KiB and 4 files; not empty. Waits while the other end does not read, 10 s at most.
Status send_message(const Fd& channel, std::string_view bytes, const std::vector<int>& files = {});

struct Message {
  std::string bytes;
  std::vector<Fd> files;
};
enum class Receive { WaitForIt, IfThere };
// Absent: there is none yet (IfThere). An Error (Unavailable): the other end is closed and all it sent was
// received.
Result<std::optional<Message>> receive_message(const Fd& channel, Receive how);

}  // namespace aurora::os
