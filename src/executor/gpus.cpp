#include "aurora/executor/gpus.h"

#include <algorithm>

namespace aurora::executor {
namespace {

constexpr std::string_view kNvidia = "/dev/nvidia";

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// As NVIDIA numbers its devices; of another kind, the place among those of the host.
std::string number_of(const std::vector<std::string>& of_host, const std::string& device) {
  const std::string number = device.starts_with(kNvidia) ? device.substr(kNvidia.size()) : "";
  if (!number.empty() && number.find_first_not_of("0123456789") == std::string::npos) return number;
  return std::to_string(std::find(of_host.begin(), of_host.end(), device) - of_host.begin());
}

void append(std::string& list, const std::string& word) { list += (list.empty() ? "" : ",") + word; }

}  // namespace

std::vector<std::string> gpu_variables(const std::vector<std::string>& of_host,
                                       const std::vector<std::string>& own, bool hides_others) {
  if (of_host.empty()) return {};
  std::string numbers;
  std::string numbers_seen;
  std::string devices;
  for (size_t i = 0; i < own.size(); ++i) {
    append(numbers, number_of(of_host, own[i]));
    append(numbers_seen, std::to_string(i));
    append(devices, own[i]);
  }
  return {"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=" + (hides_others ? numbers_seen : numbers),
          "NVIDIA_VISIBLE_DEVICES=" + (own.empty() ? "void" : numbers), "AURORA_GPU_DEVICES=" + devices};
}

std::vector<os::DeviceFile> other_gpus(const std::vector<std::string>& of_host,
                                       const std::vector<std::string>& own) {
  std::vector<os::DeviceFile> others;
  for (const std::string& gpu : of_host) {
    if (contains(own, gpu)) continue;
    if (const auto device = os::find_device(gpu)) others.push_back(*device);
  }
  // Two names of one device: whose task it is has it.
  for (const std::string& gpu : own) {
    if (const auto device = os::find_device(gpu)) std::erase(others, *device);
  }
  return others;
}

}  // namespace aurora::executor
