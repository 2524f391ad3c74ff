// Images of this host: where they are found, and what was unpacked of them.
//
//   <folder>/NAME               an OCI layout (of any tags) or, for the tag latest, a plain folder: bin/, usr/, ...
//                               of a file system
//   <folder>/NAME:TAG           the same for one tag
//   <folder>/NAME[:TAG].tar     what `docker save` wrote, or an OCI layout as an archive
//   <state>/images/KEY/rootfs   unpacked once, read only for tasks; KEY is the digest of the manifest, or tells an
//                               archive from its later versions
//   <state>/images/.*           of who unpacks just now
//
// NAME is looked for as written, without its registry, and without library/; a ':' in a registry's name is
// '_' in a path.
//
// Thread-safe. Who pulls or unpacks waits for others who do, in this process or another.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "aurora/base/clock.h"
#include "aurora/base/result.h"
#include "aurora/core/job/container_needs.h"

namespace aurora::executor {

struct ImageContents;

struct ImagePolicy {
  std::string folder = {};
  bool pulls = false;                     // what is missing, with skopeo
  std::string source = "docker://";       // what skopeo is to copy from; the image's name follows it
  int64_t bytes_max = int64_t{20} << 30;  // of an image, unpacked
  int64_t entries_max = 2'000'000;
  Duration timeout = minutes(20);  // for pulling, and for unpacking
};

struct Image {
  std::string root;  // folder of its file system, read only
  std::vector<std::string> environment;
};

class ImageStore {
 public:
  // `program` unpacks (executor/image_unpacker.h).
  ImageStore(ImagePolicy policy, std::string state, std::string program, const Clock& clock);

  // prepare() would be quick, for some minutes.
  bool has(const core::ImageName& name) const;
  // Finds, pulls and unpacks as needed. `goes_on` is asked several times a second; false ends it. Errors name
  // the image.
  Result<Image> prepare(const core::ImageName& name, const std::function<bool()>& goes_on);

  // Deletes what was unpacked, that nobody uses and that nobody has asked for within `age`. `list_used` names
  // roots of images; it is called only if there is a candidate. How many went.
  size_t collect(Duration age, const std::function<std::set<std::string>()>& list_used);

 private:
  struct Found {
    std::string path;
    bool is_archive = false;
    bool is_plain = false;
    bool is_its_own = false;  // there is nothing in it but this image
  };
  std::vector<Found> find(const core::ImageName& name) const;
  Result<Image> prepare_found(const Found& found, const core::ImageName& name,
                              const std::function<bool()>& goes_on);
  Result<Image> unpack_archive(const Found& found, const core::ImageName& name, const std::string& key,
                               const std::function<bool()>& goes_on);
  Result<Image> unpack(const std::string& folder, const ImageContents& contents, const std::string& key,
                       const std::function<bool()>& goes_on);
  Result<Image> once(const std::string& key, const std::function<bool()>& goes_on,
                     const std::function<Result<Image>()>& unpack);
  Status pull(const core::ImageName& name, const std::function<bool()>& goes_on);
  Status run(const std::vector<std::string>& command, const char* what, const std::function<bool()>& goes_on);
  Result<Image> find_unpacked(const std::string& key) const;
  std::vector<std::string> choose_old(Duration age);
  void delete_leftovers() const;

  const ImagePolicy policy_;
  const std::string images_;  // where they are unpacked
  const std::string program_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Duration> used_;  // key -> when it was last asked for, monotonic
};

}  // namespace aurora::executor
