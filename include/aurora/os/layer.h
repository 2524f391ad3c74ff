// Unpacking what strangers packed. Whatever an archive says, nothing outside of the folder is made, changed
// or read: each path is looked up below it by the kernel, links included.
#pragma once

#include <cstdint>
#include <string>

#include "aurora/base/result.h"
#include "aurora/os/files.h"

namespace aurora::os {

// Beneath `base` (os/beneath.h), for reading from its start. DataLoss: its bytes have another SHA-256 than
// this; empty: they may be any.
Result<Fd> open_archive(const std::string& base, const std::string& path, const std::string& sha256);

// What may still be unpacked.
struct UnpackBudget {
  int64_t bytes = 0;    // of files
  int64_t entries = 0;  // files, folders, links
};

// Adds a layer of an image, a tar that may be compressed with gzip or zstd, to what is in `root`: its files
// replace those of the same name, and its whiteouts (.wh.NAME, .wh..wh..opq) delete what layers before it
// have brought. Owners, modes (without set-user-ID and set-group-ID) and times of files are kept; devices and
// pipes are left out. An Error names the entry; what was unpacked until then stays. Needs root, to give files
// to their owners, and Linux 5.6.
Status unpack_layer(const Fd& archive, const Fd& root, UnpackBudget& budget);
Status sync_file_system(const Fd& folder);  // all that was written to the one that it is on

}  // namespace aurora::os
