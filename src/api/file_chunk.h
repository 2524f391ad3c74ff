// A piece of a file as viewers ask for it: from an offset, or the end, without cutting a character in two.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aurora/net/http.h"
#include "aurora/os/beneath.h"

namespace aurora::api {

struct FileChunk {
  int64_t offset = 0;
  int64_t file_bytes = 0;
  std::string data;
};
// Offset -1 = the last `length` bytes. Whole UTF-8 characters as long as more of the file follows.
Result<FileChunk> read_chunk(const os::Fd& file, int64_t offset, int64_t length);

// The whole file as an attachment, read while it is sent.
Result<net::Response> download(os::Fd file, const std::string& path);

}  // namespace aurora::api
