#include "executor/image_layout.h"

#include <algorithm>

#include "aurora/base/sha256.h"
#include "aurora/codec/json_value.h"
#include "aurora/os/beneath.h"

namespace aurora::executor {
namespace {

using codec::JsonValue;

constexpr size_t kDocumentBytesMax = 8 << 20;
constexpr size_t kLayersMax = 500;
constexpr int kIndexDepthMax = 3;
constexpr std::string_view kAlgorithm = "sha256:";
#if defined(__aarch64__)
constexpr std::string_view kArchitecture = "arm64";
#else
constexpr std::string_view kArchitecture = "amd64";
#endif
const char* const kReferenceName = "org.opencontainers.image.ref.name";

Error damaged(const std::string& what) { return Error{ErrorCode::DataLoss, what}; }

Result<std::string> read_document(const std::string& folder, const std::string& path) {
  const Result<os::Fd> file = os::open_beneath(folder, path);
  if (!file.ok()) return damaged(path + " is missing or no file in it");
  std::string bytes = TRY(os::read_at(*file, 0, kDocumentBytesMax + 1));
  if (bytes.size() > kDocumentBytesMax) return damaged(path + " has more than 8 MiB");
  return bytes;
}

Result<JsonValue> parse_document(const std::string& bytes, const std::string& path) {
  Result<JsonValue> json = JsonValue::parse(bytes);
  if (json.ok()) return json;
  return damaged(path + " is no JSON: " + json.error().message);
}

Result<std::string> parse_digest(const std::string& digest) {
  const std::string hex = digest.starts_with(kAlgorithm) ? digest.substr(kAlgorithm.size()) : "";
  const bool is_hex = hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_hex) return hex;
  return damaged("'" + digest.substr(0, 80) + "' is no SHA-256 digest");
}

Result<std::string> hex_of(const JsonValue& descriptor) { return parse_digest(descriptor.string_or("digest", "")); }

std::string blob_path(const std::string& hex) { return "blobs/sha256/" + hex; }

Result<JsonValue> read_blob(const std::string& folder, const std::string& hex) {
  const std::string bytes = TRY(read_document(folder, blob_path(hex)));
  if (to_hex(sha256(bytes)) != hex) return damaged(blob_path(hex) + " has other bytes than its name says");
  return parse_document(bytes, blob_path(hex));
}

Status read_configuration(const JsonValue& json, ImageContents& image) {
  const std::string architecture = json.string_or("architecture", "");
  if (!architecture.empty() && architecture != kArchitecture)
    return Error{ErrorCode::FailedPrecondition,
                 "it is for " + architecture + " processors; this host is " + std::string(kArchitecture)};
  const JsonValue* config = json.find("config");
  const JsonValue* variables = config != nullptr ? config->find("Env") : nullptr;
  if (variables == nullptr) return Unit{};
  for (const JsonValue& variable : variables->items()) {
    const Result<std::string> text = variable.as_string();
    const bool is_one =
        text.ok() && text->find('=') != std::string::npos && text->find('\0') == std::string::npos;
    if (is_one && !text->starts_with('=')) image.environment.push_back(*text);
  }
  return Unit{};
}

// --- OCI

bool is_named(const JsonValue& descriptor, const core::ImageName& name) {
  const std::string digest = descriptor.string_or("digest", "");
  if (!name.digest.empty() && digest == std::string(kAlgorithm) + name.digest) return true;
  const JsonValue* annotations = descriptor.find("annotations");
  const std::string reference = annotations != nullptr ? annotations->string_or(kReferenceName, "") : "";
  if (!name.digest.empty()) return reference == "sha256-" + name.digest;
  return !reference.empty() && (reference == name.tag || reference.ends_with(":" + name.tag));
}

bool has_name(const JsonValue& descriptor) {
  const JsonValue* annotations = descriptor.find("annotations");
  return annotations != nullptr && !annotations->string_or(kReferenceName, "").empty();
}

Result<const JsonValue*> choose(const JsonValue::Items& manifests, const core::ImageName& name,
                                bool is_its_own) {
  const auto named = std::ranges::find_if(manifests, [&](const JsonValue& m) { return is_named(m, name); });
  if (named != manifests.end()) return &*named;
  const bool is_only =
      manifests.size() == 1 && (is_its_own || !has_name(manifests[0])) && name.digest.empty();
  if (is_only) return &manifests[0];
  return Error{ErrorCode::NotFound, "the layout does not hold it"};
}

// One image for several kinds of machines.
Result<const JsonValue*> choose_platform(const JsonValue::Items& manifests) {
  for (const JsonValue& manifest : manifests) {
    const JsonValue* platform = manifest.find("platform");
    if (platform == nullptr || (platform->string_or("os", "linux") == "linux" &&
                                platform->string_or("architecture", "") == kArchitecture))
      return &manifest;
  }
  return Error{ErrorCode::FailedPrecondition,
               "it is not for " + std::string(kArchitecture) + " processors, which this host has"};
}

Result<ImageContents> read_oci(const std::string& folder, const core::ImageName& name, bool is_its_own) {
  const std::string bytes = TRY(read_document(folder, "index.json"));
  const JsonValue index = TRY(parse_document(bytes, "index.json"));
  static const JsonValue::Items kNone;
  const JsonValue* list = index.find("manifests");
  const JsonValue* chosen = TRY(choose(list != nullptr ? list->items() : kNone, name, is_its_own));
  ImageContents image;
  image.sha256 = TRY(hex_of(*chosen));
  JsonValue manifest = TRY(read_blob(folder, image.sha256));
  for (int depth = 0; manifest.find("manifests") != nullptr; ++depth) {
    if (depth == kIndexDepthMax) return damaged("its index refers to indexes without end");
    const JsonValue* of_platform = TRY(choose_platform(manifest.find("manifests")->items()));
    image.sha256 = TRY(hex_of(*of_platform));
    manifest = TRY(read_blob(folder, image.sha256));
  }
  const JsonValue* config = manifest.find("config");
  const JsonValue* layers = manifest.find("layers");
  if (config == nullptr || layers == nullptr || !layers->is_array())
    return damaged(blob_path(image.sha256) + " is no manifest of an image");
  if (layers->items().size() > kLayersMax) return damaged("it has more than 500 layers");
  const std::string config_hex = TRY(hex_of(*config));
  const JsonValue configuration = TRY(read_blob(folder, config_hex));
  TRY(read_configuration(configuration, image));
  for (const JsonValue& layer : layers->items()) {
    const std::string hex = TRY(hex_of(layer));
    image.layers.push_back({blob_path(hex), hex});
  }
  return image;
}

// --- docker save

// Its configuration is known by its digest.
bool is_saved_as(const JsonValue& image, const core::ImageName& name) {
  if (!name.digest.empty()) return image.string_or("Config", "").find(name.digest) != std::string::npos;
  const JsonValue* tags = image.find("RepoTags");
  if (tags == nullptr) return false;
  return std::ranges::any_of(tags->items(), [&](const JsonValue& tag) {
    const Result<std::string> text = tag.as_string();
    return text.ok() && text->ends_with(":" + name.tag);
  });
}

Result<const JsonValue*> choose_saved(const JsonValue::Items& images, const core::ImageName& name,
                                      bool is_its_own) {
  for (const JsonValue& image : images) {
    if (is_saved_as(image, name)) return &image;
  }
  const bool is_untagged = images.size() == 1 && images[0].find("RepoTags") == nullptr && name.digest.empty();
  if (images.size() == 1 && (is_its_own || is_untagged)) return &images[0];
  return Error{ErrorCode::NotFound, "the archive does not hold it"};
}

Result<ImageContents> read_saved(const std::string& folder, const core::ImageName& name, bool is_its_own) {
  const std::string bytes = TRY(read_document(folder, "manifest.json"));
  const JsonValue manifest = TRY(parse_document(bytes, "manifest.json"));
  const JsonValue* chosen = TRY(choose_saved(manifest.items(), name, is_its_own));
  const std::string config_path = chosen->string_or("Config", "");
  const std::string config = TRY(read_document(folder, config_path));
  ImageContents image;
  image.sha256 = to_hex(sha256(config));
  const bool is_pinned = !name.digest.empty() && !is_its_own;
  if (config_path.find(image.sha256) == std::string::npos || (is_pinned && image.sha256 != name.digest))
    return damaged(config_path + " has other bytes than its name says");
  const JsonValue json = TRY(parse_document(config, config_path));
  TRY(read_configuration(json, image));
  const JsonValue* file_system = json.find("rootfs");
  const JsonValue* digests = file_system != nullptr ? file_system->find("diff_ids") : nullptr;
  const JsonValue* layers = chosen->find("Layers");
  if (digests == nullptr || layers == nullptr || digests->items().size() != layers->items().size() ||
      layers->items().size() > kLayersMax)
    return damaged("manifest.json and " + config_path + " do not agree on its layers");
  for (size_t i = 0; i < layers->items().size(); ++i) {
    const std::string digest = TRY(digests->items()[i].as_string());
    std::string path = TRY(layers->items()[i].as_string());
    std::string hex = TRY(parse_digest(digest));
    image.layers.push_back({std::move(path), std::move(hex)});
  }
  return image;
}

}  // namespace

bool is_image_layout(const std::string& folder) {
  return os::exists(folder + "/manifest.json") ||
         (os::exists(folder + "/oci-layout") && os::exists(folder + "/index.json"));
}

Result<ImageContents> read_image(const std::string& folder, const core::ImageName& name, bool is_its_own) {
  // Newer versions of `docker save` write both.
  const bool is_oci = os::exists(folder + "/oci-layout") && os::exists(folder + "/index.json");
  const bool is_saved = os::exists(folder + "/manifest.json");
  return is_oci && !is_saved ? read_oci(folder, name, is_its_own) : read_saved(folder, name, is_its_own);
}

}  // namespace aurora::executor
