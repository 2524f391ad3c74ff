// Devices that nobody in a control group of version 2 can open: there is no controller for that, but a filter
// of the kernel, which goes with the group. It holds for the group and all below it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::os {

struct DeviceFile {
  bool is_block = false;  // else of characters
  uint32_t major = 0;
  uint32_t minor = 0;
  friend bool operator==(const DeviceFile&, const DeviceFile&) = default;
};
std::optional<DeviceFile> find_device(const std::string& path);  // absent: nothing is there, or no device
std::string to_rule(const DeviceFile& device);                   // as version 1 reads it: "c 195:0 rwm"

bool can_filter_devices();  // the kernel takes such a filter, and from us
Status filter_devices(const std::string& group, const std::vector<DeviceFile>& hidden);

}  // namespace aurora::os
