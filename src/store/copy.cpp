#include "aurora/store/copy.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "store/backups.h"
#include "store/read_database.h"
#include "store/replacement.h"
#include "store/rocks_database.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

class ScratchFolder {
 public:
  static Result<ScratchFolder> make() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "aurora-copy-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) {
      return Error{ErrorCode::Internal, "there is no room to unpack a copy in " + path + ": " + std::strerror(errno) +
                                            "; name another folder by $TMPDIR"};
    }
    return ScratchFolder(path);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<StateCopy> load_folder(const std::string& folder) {
  StateCopy copy;
  copy.cluster_id = TRY(read_database(folder, [&](core::Change change) { copy.changes.push_back(std::move(change)); }));
  return copy;
}

Result<Backup> choose(const std::string& folder, uint32_t id) {
  const std::vector<Backup> backups = TRY(list_backups(folder));
  if (backups.empty()) return Error{ErrorCode::NotFound, "there are no copies in " + folder};
  if (id == 0) return backups.back();
  std::string known;
  for (const Backup& backup : backups) {
    if (backup.id == id) return backup;
    known += (known.empty() ? "" : ", ") + std::to_string(backup.id);
  }
  return Error{ErrorCode::NotFound, "there is no copy " + std::to_string(id) + " in " + folder + "; there are " + known};
}

// An error about a folder that nobody will find, with a name that means something.
Error called(Error error, const std::string& folder, const std::string& name) {
  for (size_t at = 0; (at = error.message.find(folder, at)) != std::string::npos; at += name.size())
    error.message.replace(at, folder.size(), name);
  return error;
}

Result<StateCopy> read_backup(const std::string& folder, uint32_t id) {
  const Backup backup = TRY(choose(folder, id));
  const ScratchFolder scratch = TRY(ScratchFolder::make());
  TRY(check_room(scratch.path(), backup.bytes));
  TRY(unpack(folder, backup.id, scratch.path() + "/copy"));
  const std::string unpacked = scratch.path() + "/copy";
  auto copy = load_folder(unpacked);
  if (!copy.ok()) return called(std::move(copy).error(), unpacked, folder + "/" + std::to_string(backup.id));
  copy->at = backup.at;
  return copy;
}

Result<StateCopy> read_export_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::NotFound, path + " cannot be read: " + std::strerror(errno)};
  StateCopy copy;
  const auto read_line = [&]() -> Result<std::optional<std::string>> {
    std::string line;
    if (std::getline(file, line)) return std::optional(std::move(line));
    if (file.eof()) return std::optional<std::string>();
    return Error{ErrorCode::DataLoss, path + " cannot be read on: " + std::strerror(errno)};
  };
  auto read = read_export(read_line, [&](core::Change change) -> Status {
    copy.changes.push_back(std::move(change));
    return Unit{};
  });
  if (!read.ok()) return Error{read.error().code, path + ", " + read.error().message};
  copy.cluster_id = std::move(*read);
  return copy;
}

bool is_folder_of_copies(const std::string& path) { return fs::is_directory(path + "/meta") && fs::is_directory(path + "/private"); }

}  // namespace

Result<StateCopy> read_copy(const std::string& path, uint32_t id) {
  std::error_code error;
  if (!fs::exists(path, error)) return Error{ErrorCode::NotFound, "there is nothing at " + path};
  if (!fs::is_directory(path, error)) return read_export_file(path);
  if (is_folder_of_copies(path)) return read_backup(path, id);
  if (is_replacement_decided(path)) {
    return Error{ErrorCode::FailedPrecondition, "a copy was chosen to be the database in " + path +
                                                    ", and the next start of a scheduler puts it in place"};
  }
  if (!has_database(path)) {
    return Error{ErrorCode::InvalidArgument, path + " is neither a folder of copies (--backup_dir of a scheduler, or backups/ in its "
                                                 "--data_dir) nor the --data_dir of a scheduler that is not running"};
  }
  if (const auto claim = FolderClaim::take(path); !claim.ok()) {
    return Error{claim.error().code, claim.error().message + "; its hourly copies are in " + default_backup_folder(path) +
                                         ", unless it was told another folder"};
  }
  return load_folder(path);
}

}  // namespace aurora::store
