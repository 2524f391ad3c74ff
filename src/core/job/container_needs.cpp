#include "aurora/core/job/container_needs.h"

#include <algorithm>

#include "aurora/base/split.h"

namespace aurora::core {
namespace {

constexpr size_t kImageNameMax = 255;
constexpr size_t kPathMax = 4000;
constexpr size_t kDigestDigits = 64;
constexpr std::string_view kAlgorithm = "sha256:";

Error invalid(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// A name of a file that is no option, hidden file or way out.
bool is_part(std::string_view part) {
  if (part.empty() || !(is_letter(part[0]) || is_digit(part[0]))) return false;
  return std::ranges::all_of(
      part, [&](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; });
}

// The first part may be a registry with its port.
bool is_repository(std::string_view text) {
  const size_t first = text.find('/');
  const size_t colon = text.find(':');
  if (colon < first && first != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1, first - colon - 1);
    if (!is_part(text.substr(0, colon)) || port.empty() || !std::ranges::all_of(port, is_digit)) return false;
    text.remove_prefix(first + 1);
  }
  for (size_t at = 0; at <= text.size();) {
    const size_t slash = std::min(text.find('/', at), text.size());
    if (!is_part(text.substr(at, slash - at))) return false;
    at = slash + 1;
  }
  return true;
}

// Absolute, and no more than it says.
Status check_path(const std::string& path, const char* whose) {
  const auto refuse = [&](const std::string& why) {
    return invalid(std::string(whose) + " path '" + path + "' of a volume " + why);
  };
  if (path.empty() || path[0] != '/') return refuse("is not absolute");
  if (path.size() > kPathMax || path.find('\0') != std::string::npos) return refuse("is no path");
  const std::vector<std::string> parts = split(path, '/');
  if (std::ranges::find(parts, "..") != parts.end()) return refuse("has '..' in it; write where it leads");
  return Unit{};
}

Status check_volume(const Volume& volume) {
  TRY(check_path(volume.host_path, "the host's"));
  TRY(check_path(volume.container_path, "the container's"));
  const std::vector<std::string> parts = split(volume.container_path, '/');
  const auto first =
      std::ranges::find_if(parts, [](const std::string& part) { return !part.empty() && part != "."; });
  if (first == parts.end())
    return invalid("the container path of a volume is /, which is the image's; name a folder in it");
  for (const char* kernel : {"proc", "sys", "dev"}) {
    if (*first == kernel)
      return invalid("the container path '" + volume.container_path + "' of a volume is in /" + kernel +
                     ", which is the kernel's; name another");
  }
  return Unit{};
}

// As Docker writes them: HOST:CONTAINER[:ro|rw].
Result<Volume> parse_volume(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  const std::string mode = parts.size() == 3 ? parts[2] : "rw";
  if (parts.size() < 2 || parts.size() > 3 || (mode != "ro" && mode != "rw"))
    return invalid("the Docker parameter volume='" + text +
                   "' is no volume; write HOST_PATH:CONTAINER_PATH[:ro|rw]");
  return Volume{parts[1], parts[0], mode == "ro" ? VolumeMode::ReadOnly : VolumeMode::ReadWrite};
}

Status check_variable(const std::string& text) {
  const size_t name = text.find('=');
  const bool is_one = name != std::string::npos && name > 0 && text.find('\0') == std::string::npos;
  if (is_one) return Unit{};
  return invalid("the Docker parameter env='" + text + "' is no variable; write NAME=VALUE");
}

Status add_parameter(const DockerParameter& parameter, ContainerNeeds& needs) {
  if (parameter.name == "volume" || parameter.name == "v") {
    needs.volumes.push_back(TRY(parse_volume(parameter.value)));
  } else if (parameter.name == "env" || parameter.name == "e") {
    TRY(check_variable(parameter.value));
    needs.environment.push_back(parameter.value);
  } else {
    return invalid("the Docker parameter '" + parameter.name +
                   "' is not acted upon: volume and env are; limits are those of the task's resources, and "
                   "the network is "
                   "the host's");
  }
  return Unit{};
}

Result<ImageName> name_of(const Image& image) {
  if (const auto* docker = std::get_if<DockerImage>(&image)) {
    ImageName name = TRY(parse_image_name(docker->name));
    if (!docker->tag.empty()) name = TRY(parse_image_name(docker->name + ":" + docker->tag));
    return name;
  }
  const auto& appc = std::get<AppcImage>(image);
  return parse_image_name(appc.name + ":" + appc.image_id);
}

}  // namespace

Result<ImageName> parse_image_name(const std::string& text) {
  const auto refuse = [&] {
    return invalid("'" + text +
                   "' is no name of an image; write NAME, NAME:TAG or NAME@sha256:DIGEST, with at most " +
                   std::to_string(kImageNameMax) + " letters, digits, '.', '_', '-' and '/'");
  };
  if (text.size() > kImageNameMax) return refuse();
  ImageName name;
  name.repository = text;
  if (const size_t at = text.find('@'); at != std::string::npos) {
    name.repository.resize(at);
    const std::string_view digest = std::string_view(text).substr(at + 1);
    if (!digest.starts_with(kAlgorithm)) return refuse();
    name.digest = digest.substr(kAlgorithm.size());
    if (name.digest.size() != kDigestDigits || !std::ranges::all_of(name.digest, is_hex)) return refuse();
  }
  const size_t colon = name.repository.rfind(':');
  if (colon != std::string::npos && name.repository.find('/', colon) == std::string::npos) {
    name.tag = name.repository.substr(colon + 1);
    name.repository.resize(colon);
  }
  if (!is_part(name.tag) || !is_repository(name.repository)) return refuse();
  return name;
}

std::string to_text(const ImageName& name) {
  return name.repository +
         (name.digest.empty() ? ":" + name.tag : "@" + std::string(kAlgorithm) + name.digest);
}

Result<std::optional<ContainerNeeds>> container_needs(const Container& container) {
  ContainerNeeds needs;
  if (const auto* mesos = std::get_if<MesosContainer>(&container)) {
    if (!mesos->image && !mesos->volumes.empty())
      return invalid(
          "volumes are mounted into an image only: give Mesos(...) an image, or use the host's paths, which "
          "the "
          "task sees as they are");
    if (!mesos->image) return std::optional<ContainerNeeds>();
    needs.image = TRY(name_of(*mesos->image));
    needs.volumes = mesos->volumes;
  } else {
    const auto& docker = std::get<DockerContainer>(container);
    needs.image = TRY(parse_image_name(docker.image));
    for (const DockerParameter& parameter : docker.parameters) TRY(add_parameter(parameter, needs));
  }
  for (const Volume& volume : needs.volumes) TRY(check_volume(volume));
  return std::optional(std::move(needs));
}

}  // namespace aurora::core
