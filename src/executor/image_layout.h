// What a folder says of the image in it: an OCI layout (oci-layout, index.json, blobs/) or what `docker save`
// writes (manifest.json). Nothing is believed: every blob is known by its digest, and opened beneath the
// folder only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"
#include "aurora/core/job/container_needs.h"

namespace aurora::executor {

struct LayerBlob {
  std::string path;    // below the folder
  std::string sha256;  // of its bytes
};
struct ImageContents {
  std::string sha256;                    // of its manifest (OCI) or configuration (docker save)
  std::vector<LayerBlob> layers;         // the lowest first
  std::vector<std::string> environment;  // NAME=value
};

bool is_image_layout(const std::string& folder);
// `is_its_own`: the folder is this image's alone, so that a single one in it needs no name. NotFound: it is
// another's; DataLoss: it is damaged.
Result<ImageContents> read_image(const std::string& folder, const core::ImageName& name, bool is_its_own);

}  // namespace aurora::executor
