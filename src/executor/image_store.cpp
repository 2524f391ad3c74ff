#include "aurora/executor/image_store.h"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "aurora/base/digits.h"
#include "aurora/base/log.h"
#include "aurora/base/printable.h"
#include "aurora/base/sha256.h"
#include "aurora/base/split.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "aurora/os/tree.h"
#include "executor/image_layout.h"

namespace aurora::executor {
namespace {

constexpr Duration kLook = milliseconds(100);
constexpr Duration kGraceOfImages = minutes(10);  // between being asked for and a plan that names it
const char* const kLock = ".lock";
const char* const kNobodyWantsIt = "nobody wants it any more";
const char* const kSearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool forever() { return true; }

// Where links lead: what follows is looked for beneath it.
std::string real_path(const std::string& path) {
  std::error_code failure;
  const std::filesystem::path real = std::filesystem::canonical(path, failure);
  return failure ? "" : real.string();
}
bool is_folder(const std::string& path) {
  std::error_code failure;
  return std::filesystem::is_directory(path, failure);
}

// "team/web" of "registry:5000/team/web".
std::string without_registry(const std::string& repository) {
  const size_t slash = repository.find('/');
  if (slash == std::string::npos) return repository;
  const std::string first = repository.substr(0, slash);
  const bool is_registry = first == "localhost" || first.find_first_of(".:") != std::string::npos;
  return is_registry ? repository.substr(slash + 1) : repository;
}

std::string as_path(std::string repository) {
  std::ranges::replace(repository, ':', '_');
  return repository;
}

// The most telling first.
std::vector<std::string> paths_of(const core::ImageName& name) {
  constexpr std::string_view kLibrary = "library/";
  std::vector<std::string> paths{as_path(name.repository)};
  const auto add = [&](const std::string& path) {
    if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
  };
  const std::string bare = without_registry(name.repository);
  add(bare);
  if (bare.starts_with(kLibrary)) add(bare.substr(kLibrary.size()));
  return paths;
}

// A file system, as far as one can see from outside; of an unpacked Appc image it is the folder rootfs.
std::string find_root(const std::string& folder) {
  if (os::exists(folder + "/manifest") && is_folder(folder + "/rootfs")) return folder + "/rootfs";
  return is_folder(folder + "/bin") || is_folder(folder + "/usr") ? folder : "";
}

std::string tag_of(const core::ImageName& name) {
  return name.digest.empty() ? name.tag : "sha256-" + name.digest;
}

Error about(const core::ImageName& name, Error error) {
  error.message = "image " + to_text(name) + ": " + error.message;
  return error;
}

// Each text with a NUL behind it.
std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) (joined += text) += '\0';
  return joined;
}

// It is known by its file and the time of that, so that it is read only once.
std::string key_of_archive(const std::string& path, const core::ImageName& name) {
  const os::FileStamp stamp = os::stamp_of(path);
  const std::vector<std::string> version{path, std::to_string(stamp.bytes), std::to_string(stamp.modified_ns),
                                         to_text(name)};
  return "archive-" + to_hex(sha256(join(version)));
}

// Of all who change what is in the folder. Waits for it, as long as that goes on.
Result<os::Fd> lock_folder(const std::string& folder, const std::function<bool()>& goes_on) {
  os::Fd lock = TRY(os::open_for_append(folder + "/" + kLock, 0600));
  os::Poller pause;
  while (!os::try_lock(lock)) {
    if (!goes_on()) return Error{ErrorCode::FailedPrecondition, kNobodyWantsIt};
    pause.wait(kLook);
  }
  return lock;
}

// What skopeo leaves in a layout if it is killed.
void delete_parts(const std::string& layout) {
  for (const std::string& name : os::list_names(layout)) {
    if (name.starts_with("oci-put-blob")) os::remove_file(layout + "/" + name);
  }
}

// What a program says, of which the end is kept. It comes through a pipe: its disk may be full.
class LastWords {
 public:
  explicit LastWords(os::Fd pipe) : pipe_(std::move(pipe)) {}

  const os::Fd& pipe() const { return pipe_; }
  bool listen() {  // false: nobody speaks any more
    const Result<std::string> bytes = os::read_some(pipe_, kReadBytes);
    if (!bytes.ok() || bytes->empty()) return false;
    text_ += *bytes;
    if (text_.size() > kKept) text_ = "..." + text_.substr(text_.size() - kKept);
    return true;
  }
  std::string text() {
    while (os::is_readable(pipe_) && listen()) {
    }
    while (!text_.empty() && text_.back() == '\n') text_.pop_back();
    std::ranges::replace(text_, '\n', ' ');
    return printable_line(text_);
  }

 private:
  static constexpr size_t kReadBytes = 64u << 10;
  static constexpr size_t kKept = 1000;
  os::Fd pipe_;
  std::string text_;
};

}  // namespace

ImageStore::ImageStore(ImagePolicy policy, std::string state, std::string program, const Clock& clock)
    : policy_(std::move(policy)),
      images_(std::move(state) + "/images"),
      program_(std::move(program)),
      clock_(clock) {}

Result<Image> ImageStore::prepare(const core::ImageName& name, const std::function<bool()>& goes_on) {
  for (const bool was_pulled : {false, true}) {
    for (const Found& found : find(name)) {
      Result<Image> image = prepare_found(found, name, goes_on);
      if (image.ok()) return image;
      if (image.error().code != ErrorCode::NotFound) return about(name, image.error());
    }
    if (was_pulled || !policy_.pulls) break;
    if (const Status pulled = pull(name, goes_on); !pulled.ok()) return about(name, pulled.error());
  }
  const std::string path = policy_.folder + "/" + paths_of(name).back();
  return about(
      name, Error{ErrorCode::FailedPrecondition,
                  "it is not on this host: put it into " + path + " (an OCI layout or a plain folder) or " +
                      path + ":" + tag_of(name) + ".tar (of docker save)" +
                      (policy_.pulls ? "" : ", or have it pulled, with --image_pull=true")});
}

bool ImageStore::has(const core::ImageName& name) const {
  for (const Found& found : find(name)) {
    if (found.is_plain) return true;
    if (found.is_archive) return find_unpacked(key_of_archive(found.path, name)).ok();
    const Result<ImageContents> contents = read_image(found.path, name, found.is_its_own);
    if (contents.ok() || contents.error().code != ErrorCode::NotFound)
      return contents.ok() && find_unpacked(contents->sha256).ok();
  }
  return false;
}

std::vector<ImageStore::Found> ImageStore::find(const core::ImageName& name) const {
  std::vector<Found> found;
  const auto add = [&](const std::string& path, bool is_its_own) {
    const std::string folder = real_path(path);
    if (!folder.empty() && is_image_layout(folder)) {
      found.push_back({.path = folder, .is_its_own = is_its_own});
    } else if (const std::string root = folder.empty() ? "" : find_root(folder);
               !root.empty() && (is_its_own || name.tag == "latest") && name.digest.empty()) {
      found.push_back({.path = root, .is_plain = true});
    }
    const std::string archive = real_path(path + ".tar");
    if (!archive.empty()) found.push_back({.path = archive, .is_archive = true, .is_its_own = is_its_own});
  };
  for (const std::string& path : paths_of(name)) {
    add(policy_.folder + "/" + path + ":" + tag_of(name), true);
    add(policy_.folder + "/" + path, false);
  }
  return found;
}

Result<Image> ImageStore::prepare_found(const Found& found, const core::ImageName& name,
                                        const std::function<bool()>& goes_on) {
  if (found.is_plain) return Image{found.path, {}};
  if (found.is_archive) {
    const std::string key = key_of_archive(found.path, name);
    return once(key, goes_on, [&] { return unpack_archive(found, name, key, goes_on); });
  }
  const ImageContents contents = TRY(read_image(found.path, name, found.is_its_own));
  return once(contents.sha256, goes_on, [&] { return unpack(found.path, contents, contents.sha256, goes_on); });
}

Result<Image> ImageStore::once(const std::string& key, const std::function<bool()>& goes_on,
                               const std::function<Result<Image>()>& unpack) {
  if (Result<Image> known = find_unpacked(key); known.ok()) return known;
  TRY(os::make_folders(images_, 0700));
  const os::Fd lock = TRY(lock_folder(images_, goes_on));
  if (Result<Image> known = find_unpacked(key); known.ok()) return known;
  return unpack();
}

Result<Image> ImageStore::unpack_archive(const Found& found, const core::ImageName& name, const std::string& key,
                                         const std::function<bool()>& goes_on) {
  const std::string stage = images_ + "/.archive";
  TRY(os::delete_tree(stage, forever));
  TRY(os::make_folders(stage, 0700));
  const size_t slash = found.path.rfind('/');
  const Status read =
      run({program_, "unpack-image", stage, std::to_string(policy_.bytes_max),
           std::to_string(policy_.entries_max), found.path.substr(0, slash), ":" + found.path.substr(slash + 1)},
          "unpack", goes_on);
  Result<Image> image = Error{};
  if (!read.ok()) {
    image = read.error();
  } else if (!is_image_layout(stage)) {
    image = Error{ErrorCode::DataLoss,
                  found.path + " is no image: it has neither a manifest.json nor an oci-layout"};
  } else if (Result<ImageContents> contents = read_image(stage, name, found.is_its_own); contents.ok()) {
    image = unpack(stage, *contents, key, goes_on);
  } else {
    image = contents.error();
  }
  static_cast<void>(os::delete_tree(stage, forever));
  return image;
}

// Under another name until it is whole and on the disk.
Result<Image> ImageStore::unpack(const std::string& folder, const ImageContents& contents,
                                 const std::string& key, const std::function<bool()>& goes_on) {
  const std::string unfinished = images_ + "/.unfinished";
  TRY(os::delete_tree(unfinished, forever));
  const auto make_unfinished = [&]() -> Status {
    TRY(os::make_folders(unfinished, 0700));
    TRY(os::make_folders(unfinished + "/rootfs", 0755));
    return os::write_file(unfinished + "/environment", join(contents.environment), 0600);
  };
  std::vector<std::string> command{program_,
                                   "unpack-image",
                                   unfinished + "/rootfs",
                                   std::to_string(policy_.bytes_max),
                                   std::to_string(policy_.entries_max),
                                   folder};
  for (const LayerBlob& layer : contents.layers) command.push_back(layer.sha256 + ":" + layer.path);
  const Duration begin = clock_.monotonic();
  Status unpacked = make_unfinished();
  if (unpacked.ok()) unpacked = run(command, "unpack", goes_on);
  if (unpacked.ok()) unpacked = os::rename_file(unfinished, images_ + "/" + key);
  if (!unpacked.ok()) {
    static_cast<void>(os::delete_tree(unfinished, forever));
    return unpacked.error();
  }
  log_info("executor",
           "unpacked the image " + key + " in " + grouped_digits((clock_.monotonic() - begin).ms) + " ms");
  return find_unpacked(key);
}

Status ImageStore::pull(const core::ImageName& name, const std::function<bool()>& goes_on) {
  const std::string skopeo = os::find_program("skopeo");
  if (skopeo.empty())
    return Error{ErrorCode::FailedPrecondition,
                 "it is not on this host, and cannot be pulled without skopeo: apt install skopeo"};
  const std::string layout = policy_.folder + "/" + as_path(name.repository);
  TRY(os::make_folders(layout.substr(0, layout.rfind('/'))));
  const os::Fd lock = TRY(lock_folder(policy_.folder, goes_on));  // executors may share it
  delete_parts(layout);
  std::vector<std::string> command{skopeo};
  if (!os::exists("/etc/containers/policy.json"))
    command.push_back("--insecure-policy");  // the host has not said which it trusts
  for (const std::string& word : {std::string("copy"), std::string("--quiet"), policy_.source + to_text(name),
                                  "oci:" + layout + ":" + tag_of(name)})
    command.push_back(word);
  const Status pulled = run(command, "pull", goes_on);
  if (!pulled.ok()) delete_parts(layout);
  return pulled;
}

Status ImageStore::run(const std::vector<std::string>& command, const char* what,
                       const std::function<bool()>& goes_on) {
  TRY(os::make_folders(images_, 0700));
  os::Pipe pipe = TRY(os::make_pipe());
  const int pid = TRY(os::spawn({.program = command[0],
                                 .arguments = command,
                                 .environment = {kSearchPath, "HOME=/root", "TMPDIR=/var/tmp"},
                                 .stderr_fd = pipe.writing.get(),
                                 .ends_with_us = true,
                                 .has_default_limits = true}));
  pipe.writing = os::Fd();
  LastWords words(std::move(pipe.reading));
  const Duration deadline = clock_.monotonic() + policy_.timeout;
  std::string why_stopped;
  {
    const Result<os::Fd> process = os::open_process(pid);
    os::Poller poller;
    constexpr uint64_t kEnd = 1;
    constexpr uint64_t kWords = 2;
    bool runs = process.ok() && poller.add(*process, kEnd).ok() && poller.add(words.pipe(), kWords).ok();
    while (runs) {
      for (const uint64_t key : poller.wait(kLook)) {
        if (key == kEnd) runs = false;
        if (key == kWords && !words.listen()) poller.remove(words.pipe());
      }
      if (!runs) break;
      if (!goes_on()) why_stopped = kNobodyWantsIt;
      if (clock_.monotonic() > deadline)
        why_stopped = "it took longer than " + std::to_string(policy_.timeout.ms / 60'000) + " minutes";
      if (why_stopped.empty()) continue;
      os::send_signal_to_group(pid, SIGKILL);
      break;
    }
  }
  const os::ProcessEnd end = os::wait_for_child(pid);
  if (end.signal == 0 && end.exit_code == 0) return Unit{};
  if (why_stopped.empty()) why_stopped = words.text();
  if (why_stopped.empty())
    why_stopped = end.signal != 0 ? "killed by signal " + std::to_string(end.signal) : "no reason was given";
  return Error{ErrorCode::FailedPrecondition, std::string("cannot ") + what + " it: " + why_stopped};
}

// It is in use from now on: before it is looked for, so that it is not collected meanwhile.
Result<Image> ImageStore::find_unpacked(const std::string& key) const {
  {
    const std::lock_guard lock(mutex_);
    used_[key] = clock_.monotonic();
  }
  const std::string folder = images_ + "/" + key;
  if (!os::exists(folder + "/rootfs")) return Error{ErrorCode::NotFound, "not unpacked yet"};
  const std::string environment = TRY(os::read_file(folder + "/environment"));
  std::vector<std::string> variables = split(environment, '\0');
  variables.pop_back();  // behind the last NUL is none
  return Image{folder + "/rootfs", std::move(variables)};
}

// REQUIRES: the lock. What is not there is forgotten.
std::vector<std::string> ImageStore::choose_old(Duration age) {
  const Duration now = clock_.monotonic();
  std::map<std::string, Duration> there;
  std::vector<std::string> old;
  for (const std::string& key : os::list_names(images_)) {
    if (key.starts_with('.')) continue;
    const Duration since = there[key] = used_.emplace(key, now).first->second;  // of before our start: from now on
    if (now - since >= std::max(age, kGraceOfImages)) old.push_back(key);
  }
  used_ = std::move(there);
  return old;
}

size_t ImageStore::collect(Duration age, const std::function<std::set<std::string>()>& list_used) {
  delete_leftovers();
  std::vector<std::string> old;
  {
    const std::lock_guard lock(mutex_);
    old = choose_old(age);
    if (old.empty()) return 0;
    const std::set<std::string> used = list_used();
    std::erase_if(old, [&](const std::string& key) {
      const std::string folder = images_ + "/" + key;
      if (used.contains(folder + "/rootfs")) return true;
      used_.erase(key);
      return !os::rename_file(folder, images_ + "/.old-" + key).ok();
    });
  }
  delete_leftovers();
  return old.size();
}

// Of collections, and of those who were killed while they unpacked; if somebody unpacks now, later.
void ImageStore::delete_leftovers() const {
  std::vector<std::string> names = os::list_names(images_);
  std::erase_if(names, [](const std::string& name) { return !name.starts_with('.') || name == kLock; });
  if (names.empty()) return;
  const Result<os::Fd> lock = os::open_for_append(images_ + "/" + kLock, 0600);
  if (!lock.ok() || !os::try_lock(*lock)) return;
  for (const std::string& name : names) {
    os::remove_file(images_ + "/" + name);  // unless it is a folder
    static_cast<void>(os::delete_tree(images_ + "/" + name, forever));
  }
}

}  // namespace aurora::executor
