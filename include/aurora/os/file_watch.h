// Being told when files change (inotify), and what tells a file from others. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aurora/base/time.h"
#include "aurora/os/files.h"

namespace aurora::os {

class FileWatch {
 public:
  static Result<FileWatch> open();
  const Fd& fd() const { return fd_; }  // readable when take() has something

  // From now on take() tells of the file, or of all files directly in the folder, whatever path leads there.
  // Of the same one there is one watch. Once: the watch ends with the first change (it is then also `gone`),
  // so that who writes very often pays for one. ResourceExhausted: the system's limit, which the message
  // names.
  enum class Tell { Always, Once };
  Result<int> add(const Fd& opened, Tell tell);
  void remove(int watch);

  struct Changes {
    std::set<int> touched;                          // something was written, made, renamed or deleted there
    std::vector<std::pair<int, std::string>> made;  // names that are new in a folder
    std::set<int> gone;                             // deleted: these watches have ended
    bool has_lost = false;  // there was more than the system keeps: anything may have changed
  };
  Changes take();  // does not wait

 private:
  explicit FileWatch(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

struct FileMark {
  uint64_t id = 0;  // tells a file from another that took its name, or its number
  int64_t bytes = 0;
  Instant modified;  // when it had become so large, unless somebody says otherwise
};
// Of a regular file directly in `folder`; no link is followed.
std::optional<FileMark> find_mark(const Fd& folder, const std::string& name);
std::optional<FileMark> find_mark(const Fd& file);

}  // namespace aurora::os
