#include "aurora/executor/image_unpacker.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "aurora/os/layer.h"
#include "aurora/os/namespaces.h"

namespace aurora::executor {
namespace {

struct Archive {
  std::string sha256;  // empty: whatever it is
  std::string path;
};
Archive archive_of(const std::string& word) {
  const size_t colon = word.find(':');
  return {word.substr(0, colon), word.substr(colon + 1)};
}

struct Order {
  std::string folder;
  os::UnpackBudget budget;
  std::string source;
  std::vector<Archive> archives;  // beneath it
};

Status unpack(Order order) {
  std::vector<os::Fd> files;
  for (const Archive& archive : order.archives)
    files.push_back(TRY(os::open_archive(order.source, archive.path, archive.sha256)));
  const os::Fd root = TRY(os::enter_root(order.folder));
  for (size_t i = 0; i < files.size(); ++i) {
    Status unpacked = os::unpack_layer(files[i], root, order.budget);
    if (unpacked.ok()) continue;
    Error error = unpacked.error();
    if (error.code == ErrorCode::DataLoss) error.message = order.archives[i].path + ": " + error.message;
    return error;
  }
  return os::sync_file_system(root);
}

}  // namespace

int unpack_image_main(int argc, char** argv) {
  constexpr int kFirstArchive = 5;
  if (argc < kFirstArchive) return 2;
  os::set_umask(os::Umask::Shared);
  Order order{argv[1], {std::atoll(argv[2]), std::atoll(argv[3])}, argv[4], {}};
  for (int i = kFirstArchive; i < argc; ++i) order.archives.push_back(archive_of(argv[i]));
  const Status done = unpack(std::move(order));
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}

}  // namespace aurora::executor
