// What a container asks of the host that runs it: one shape, whether it was written as Docker(...) or
// Mesos(...).
#pragma once

#include "aurora/base/result.h"
#include "aurora/core/job/container.h"

namespace aurora::core {

// "registry:5000/team/web:1.2", "web@sha256:...". Each part of a repository is a harmless name of a file.
struct ImageName {
  std::string repository;  // as written, without tag and digest
  std::string tag = "latest";
  std::string digest = {};  // 64 hexadecimal digits; then the tag does not count
  friend bool operator==(const ImageName&, const ImageName&) = default;
};
Result<ImageName> parse_image_name(const std::string& text);
std::string to_text(const ImageName& name);

struct ContainerNeeds {
  ImageName image;
  std::vector<Volume>
      volumes;  // both paths absolute and without "..", of other places than /proc, /sys and /dev
  std::vector<std::string> environment;  // NAME=value
};
// Absent: the task sees the host's own file system. Errors name what no host here can do, and what to write
// instead.
Result<std::optional<ContainerNeeds>> container_needs(const Container& container);

}  // namespace aurora::core
