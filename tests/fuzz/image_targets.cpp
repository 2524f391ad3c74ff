// What strangers packed: the documents of an image, and the archives that are its layers.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "aurora/base/sha256.h"
#include "aurora/base/split.h"
#include "aurora/os/layer.h"
#include "aurora/os/tree.h"
#include "aurora/os/users.h"
#include "executor/image_layout.h"
#include "support/temp_folder.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

constexpr char kPiece = '\x1e';
constexpr size_t kBlock = 512;  // of a tar

void write(const std::string& path, std::string_view content) {
  promise(os::make_folders(path.substr(0, path.rfind('/'))).ok() && os::write_file(path, content).ok(), "there is room");
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) text.replace(at, what.size(), by);
}

bool is_hex(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void look(const Result<executor::ImageContents>& image) {
  if (!image.ok()) return promise(!image.error().message.empty(), "what is refused has a reason");
  promise(is_hex(image->sha256) && image->layers.size() <= 500, "an image is named by a digest, and is bounded");
  for (const executor::LayerBlob& layer : image->layers) promise(is_hex(layer.sha256), "a layer has a digest");
  for (const std::string& variable : image->environment)
    promise(variable.find('=') != std::string::npos && variable.find('\0') == std::string::npos, "a variable is one");
}

// Nobody guesses the sum in a header.
std::string with_sums(std::string tar) {
  for (size_t at = 0; at + kBlock <= tar.size();) {
    std::string_view header(tar.data() + at, kBlock);
    if (header.find_first_not_of('\0') == std::string_view::npos) break;
    std::fill_n(tar.begin() + static_cast<ptrdiff_t>(at) + 148, 8, ' ');
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum & 0777777);
    tar.replace(at + 148, 7, text, 7);
    size_t size = 0;
    for (size_t i = at + 124; i < at + 135 && tar[i] >= '0' && tar[i] <= '7'; ++i) size = size * 8 + static_cast<size_t>(tar[i] - '0');
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return tar;
}

void check_files(const std::string& root) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    struct stat status {};
    promise(::lstat(entry.path().c_str(), &status) == 0, "what is there can be looked at");
    const bool is_harmless = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode);
    promise(is_harmless && (status.st_mode & (S_ISUID | S_ISGID)) == 0, "neither devices nor powers are unpacked");
  }
}

}  // namespace

// 'o': index, manifest, configuration; 's': manifest.json, configuration. @M and @C stand for their digests.
void image_documents(std::string_view input) {
  if (input.empty()) return;
  const test::TempFolder folder;
  std::vector<std::string> pieces = split(input.substr(1), kPiece);
  pieces.resize(3);
  const core::ImageName name{"web", "1"};
  if (input[0] == 'o') {
    const std::string config = to_hex(sha256(pieces[2]));
    replace_all(pieces[1], "@C", config);
    const std::string manifest = to_hex(sha256(pieces[1]));
    replace_all(pieces[0], "@M", manifest);
    write(folder.path() + "/oci-layout", "{}");
    write(folder.path() + "/index.json", pieces[0]);
    write(folder.path() + "/blobs/sha256/" + manifest, pieces[1]);
    write(folder.path() + "/blobs/sha256/" + config, pieces[2]);
  } else {
    const std::string config = to_hex(sha256(pieces[1]));
    replace_all(pieces[0], "@C", config);
    write(folder.path() + "/manifest.json", pieces[0]);
    write(folder.path() + "/" + config + ".json", pieces[1]);
  }
  for (const bool is_its_own : {false, true}) look(executor::read_image(folder.path(), name, is_its_own));
  core::ImageName pinned = name;
  pinned.digest = std::string(64, '0');
  look(executor::read_image(folder.path(), pinned, false));
}

void image_layer(std::string_view input) {
  if (!os::is_root()) return;
  const test::TempFolder folder;
  const std::string root = folder.path() + "/root";
  write(folder.path() + "/outside", "untouched");
  write(root + "/etc/old", "of the layer below");
  write(folder.path() + "/tar", with_sums(std::string(input)));
  const Result<os::Fd> archive = os::open_archive(folder.path(), "tar", "");
  const os::Fd opened(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  os::UnpackBudget budget{100'000, 50};
  const Status unpacked = os::unpack_layer(*archive, opened, budget);
  promise(unpacked.ok() || !unpacked.error().message.empty(), "what is refused has a reason");
  promise(budget.bytes > -1'000'000 && budget.entries >= -1, "what is unpacked is bounded");
  const Result<std::string> outside = os::read_file(folder.path() + "/outside");
  promise(outside.ok() && *outside == "untouched" && os::list_names(folder.path()).size() == 3, "nothing outside is touched");
  check_files(root);
  promise(os::delete_tree(root, [] { return true; }).ok(), "all of it can be deleted");
}

}  // namespace aurora::fuzz
