#include "aurora/executor/gpus.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::executor;
using Words = std::vector<std::string>;

TEST_CASE("a task is told the numbers of its GPUs") {
  const Words host{"/dev/nvidia0", "/dev/nvidia3", "/dev/nvidia10"};
  CHECK(gpu_variables(host, {"/dev/nvidia3", "/dev/nvidia10"}, false) ==
        Words{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=3,10", "NVIDIA_VISIBLE_DEVICES=3,10",
              "AURORA_GPU_DEVICES=/dev/nvidia3,/dev/nvidia10"});
  // Who cannot open the others counts his own.
  CHECK(gpu_variables(host, {"/dev/nvidia3", "/dev/nvidia10"}, true)[1] == "CUDA_VISIBLE_DEVICES=0,1");
  CHECK(gpu_variables({"/dev/dri/renderD128", "/dev/dri/renderD129"}, {"/dev/dri/renderD129"}, false)[1] ==
        "CUDA_VISIBLE_DEVICES=1");
}

TEST_CASE("a task that asked for no GPU sees none, where there are any") {
  CHECK(gpu_variables({"/dev/nvidia0"}, {}, false) ==
        Words{"CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=", "NVIDIA_VISIBLE_DEVICES=void",
              "AURORA_GPU_DEVICES="});
  CHECK(gpu_variables({}, {}, false).empty());
}

TEST_CASE("other GPUs are those that are devices and not the task's, under any name") {
  const Words host{"/dev/full", "/dev/zero", "/dev/missing"};
  CHECK(other_gpus(host, {"/dev/zero"}) == std::vector<os::DeviceFile>{{false, 1, 7}});
  CHECK(other_gpus(host, {}).size() == 2);
  CHECK(other_gpus({"/dev/full", "/dev/full"}, {"/dev/full"}).empty());
}
