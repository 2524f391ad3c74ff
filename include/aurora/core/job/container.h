// The file system a task sees (Aurora 0.22, spec/api.md §6.3).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aurora/base/fields.h"

namespace aurora::core {

enum class VolumeMode { ReadWrite = 1, ReadOnly = 2 };

struct Volume {
  std::string container_path;
  std::string host_path;
  VolumeMode mode = VolumeMode::ReadWrite;
  friend bool operator==(const Volume&, const Volume&) = default;
};
void fields(Is<Volume> auto& v, auto&& visit) {
  visit("containerPath", v.container_path);
  visit("hostPath", v.host_path);
  visit("mode", v.mode);
}

struct DockerImage {
  std::string name;
  std::string tag;
  friend bool operator==(const DockerImage&, const DockerImage&) = default;
};
void fields(Is<DockerImage> auto& i, auto&& visit) {
  visit("name", i.name);
  visit("tag", i.tag);
}

struct AppcImage {
  std::string name;
  std::string image_id;
  friend bool operator==(const AppcImage&, const AppcImage&) = default;
};
void fields(Is<AppcImage> auto& i, auto&& visit) {
  visit("name", i.name);
  visit("imageId", i.image_id);
}

using Image = std::variant<DockerImage, AppcImage>;

struct MesosContainer {
  std::optional<Image> image;
  std::vector<Volume> volumes;
  friend bool operator==(const MesosContainer&, const MesosContainer&) = default;
};
void fields(Is<MesosContainer> auto& c, auto&& visit) {
  visit("image", c.image);
  visit("volumes", c.volumes);
}

struct DockerParameter {
  std::string name;
  std::string value;
  friend bool operator==(const DockerParameter&, const DockerParameter&) = default;
};
void fields(Is<DockerParameter> auto& p, auto&& visit) {
  visit("name", p.name);
  visit("value", p.value);
}

struct DockerContainer {
  std::string image;
  std::vector<DockerParameter> parameters;
  friend bool operator==(const DockerContainer&, const DockerContainer&) = default;
};
void fields(Is<DockerContainer> auto& c, auto&& visit) {
  visit("image", c.image);
  visit("parameters", c.parameters);
}

using Container = std::variant<MesosContainer, DockerContainer>;

}  // namespace aurora::core

template <>
struct aurora::EnumNames<aurora::core::VolumeMode> {
  using enum aurora::core::VolumeMode;
  static constexpr std::array<EnumName<aurora::core::VolumeMode>, 2> values{{{ReadWrite, "RW"}, {ReadOnly, "RO"}}};
};
template <>
struct aurora::UnionNames<aurora::core::Image> {
  static constexpr std::array<std::string_view, 2> values{"docker", "appc"};
};
template <>
struct aurora::UnionNames<aurora::core::Container> {
  static constexpr std::array<std::string_view, 2> values{"mesos", "docker"};
};
