// A copy of the database beside the one that is in use: to be read, changed, and made what the next start finds. One
// thread at a time. The folder is that of a store which this process holds open, and one copy at a time is staged in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aurora/store/store.h"

namespace aurora::store {

class StagedCopy {
 public:
  struct Source {
    std::string folder;         // of the database
    std::string backup_folder;  // of the copies
    Backup backup;
    std::string cluster_id;  // whose it must be
  };
  // Takes it out into a folder of its own, every file compared with its checksum. Errors name the copy.
  static Result<std::unique_ptr<StagedCopy>> unpack(const Source& source);
  ~StagedCopy();  // what was not decided on is deleted
  StagedCopy(const StagedCopy&) = delete;
  StagedCopy& operator=(const StagedCopy&) = delete;

  Status load(const Store::Take& take);  // as Store::load, once, before anything else
  Status commit(const std::vector<core::Change>& changes);  // to the staged one alone

  // Closes it, reads all of it once more and decides that the next start finds it, instead of the one that is in use
  // until then. Returns the folder in which that one will be. Once; an error: nothing was decided, and the staged one is gone.
  Result<std::string> replace(Instant now);

 private:
  explicit StagedCopy(Source source) : source_(std::move(source)) {}
  std::string place() const;
  Error failed(const char* what, const Error& error) const;

  const Source source_;
  std::unique_ptr<DurableStore> store_;
};

// What a process that was killed has left of one.
void remove_staged_copy(const std::string& folder);

}  // namespace aurora::store
