#include "aurora/os/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <unordered_set>
#include <vector>

#include "aurora/base/digits.h"
#include "aurora/base/sha256.h"
#include "aurora/os/beneath.h"
#include "aurora/os/tree.h"

namespace aurora::os {
namespace {

constexpr size_t kDepthMax = 100;  // of the folders in a path; each may be open
constexpr size_t kPathMax = 4000;
constexpr size_t kReadBytes = 256 << 10;
constexpr mode_t kModeKept = 01777;
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

// In archives names are UTF-8, wherever this process comes from.
class Utf8Names {
 public:
  Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(locale_)) {}
  ~Utf8Names() {
    ::uselocale(before_);
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

Error damaged(archive* reader) {
  const char* why = ::archive_error_string(reader);
  return Error{ErrorCode::DataLoss,
               std::string("the archive is damaged: ") + (why != nullptr ? why : "it cannot be read")};
}

Error refused(const std::string& name, const std::string& why) {
  return Error{ErrorCode::InvalidArgument, "'" + name + "' " + why};
}

// The folder below the root; links on the way lead to what they name there. Not open: errno says why.
Fd open_folder_in(const Fd& root, const std::string& path) {
  if (path.empty()) return Fd(::fcntl(root.get(), F_DUPFD_CLOEXEC, 0));
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Fd(static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
}

Fd open_child(const Fd& folder, const std::string& name) {
  return Fd(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<std::string> names_in(const Fd& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> directory(
      ::fdopendir(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (!directory) return names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

// With all that is in it, which links may have made deeper than any path.
Status remove_below(const Fd& folder, const std::string& name) {
  if (::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT) return Unit{};
  if (errno != EISDIR && errno != EPERM) return system_error("cannot delete", name);
  return delete_tree_in(folder, name, [] { return true; });
}

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// "etc/passwd" of "./etc//passwd" and "/etc/passwd"; empty: the root itself.
Result<std::string> normal_path(const std::string& name) {
  std::string path;
  size_t depth = 0;
  for (size_t at = 0; at < name.size();) {
    const size_t slash = std::min(name.find('/', at), name.size());
    const std::string part = name.substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return refused(name, "leads out of the image");
    path = below(path, part);
    ++depth;
  }
  if (depth > kDepthMax) return refused(name.substr(0, 80) + "...", "is more than 100 folders deep");
  if (path.size() > kPathMax) return refused(name.substr(0, 80) + "...", "is longer than 4,000 characters");
  return path;
}

struct Place {
  std::string path;    // below the root
  std::string parent;  // of it
  std::string name;
  Fd folder;  // the parent
};

class LayerUnpacker {
 public:
  LayerUnpacker(archive* reader, const Fd& root, UnpackBudget& budget)
      : reader_(reader),
        root_(root),
        budget_(budget),
        bytes_max_(budget.bytes),
        entries_max_(budget.entries) {}

  Status unpack() {
    for (;;) {
      archive_entry* entry = nullptr;
      const int got = ::archive_read_next_header(reader_, &entry);
      if (got == ARCHIVE_EOF) return Unit{};
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return damaged(reader_);
      if (--budget_.entries < 0)
        return Error{ErrorCode::ResourceExhausted,
                     "it has more than " + grouped_digits(entries_max_) + " files"};
      TRY(add(entry));
    }
  }

 private:
  static std::string name_of(archive_entry* entry) {
    const char* name = ::archive_entry_pathname(entry);
    return name != nullptr ? name : "";
  }

  Status add(archive_entry* entry) {
    const std::string name = name_of(entry);
    const std::string path = TRY(normal_path(name));
    if (path.empty()) return Unit{};
    Place place = TRY(place_of(path));
    if (place.name == kOpaque) return clear(place.folder, place.parent);
    if (place.name.starts_with(kWhiteout)) return white_out(place);
    mark(path);
    if (const char* target = ::archive_entry_hardlink(entry)) return add_hard_link(place, target);
    switch (::archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return add_folder(place, entry);
      case AE_IFREG:
        return add_file(place, entry);
      case AE_IFLNK:
        return add_link(place, entry);
      default:
        return Unit{};  // devices are the container's own, and nobody is at a pipe's other end
    }
  }

  Result<Place> place_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    Place place{path, slash == std::string::npos ? "" : path.substr(0, slash),
                slash == std::string::npos ? path : path.substr(slash + 1), Fd()};
    place.folder = TRY(open_or_make(place.parent));
    return place;
  }

  Result<Fd> open_or_make(const std::string& path) {
    Fd folder = open_folder_in(root_, path);
    if (folder.is_open()) return folder;
    if (errno != ENOENT) return system_error("cannot open the folder", path);
    const size_t slash = path.rfind('/');
    const Fd parent = TRY(open_or_make(slash == std::string::npos ? "" : path.substr(0, slash)));
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (::mkdirat(parent.get(), name.c_str(), 0755) != 0) return system_error("cannot make the folder", path);
    folder = open_folder_in(root_, path);
    if (!folder.is_open()) return system_error("cannot open the folder", path);
    return folder;
  }

  // With the folders that it is in.
  void mark(const std::string& path) {
    for (size_t end = path.size(); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
      const bool is_new = made_.insert(std::hash<std::string_view>()(std::string_view(path).substr(0, end))).second;
      if (!is_new) return;
    }
  }
  bool has_made(const std::string& path) const { return made_.contains(std::hash<std::string_view>()(path)); }

  // What this very layer has brought stays, in folders, too, that it has only added to.
  Status remove_of_before(const Fd& folder, const std::string& path, const std::string& name) {
    if (!has_made(path)) return remove_below(folder, name);
    const Fd child = open_child(folder, name);
    return child.is_open() ? clear(child, path) : Status(Unit{});
  }

  // No deeper than a path, as it follows what was marked.
  Status clear(const Fd& folder, const std::string& path) {
    for (const std::string& name : names_in(folder)) TRY(remove_of_before(folder, below(path, name), name));
    return Unit{};
  }

  Status white_out(const Place& place) {
    const std::string name = place.name.substr(kWhiteout.size());
    if (name.empty() || name == "." || name == "..") return refused(place.path, "deletes no file");
    return remove_of_before(place.folder, below(place.parent, name), name);
  }

  Status add_folder(const Place& place, archive_entry* entry) {
    if (::mkdirat(place.folder.get(), place.name.c_str(), 0755) != 0) {
      if (errno != EEXIST) return system_error("cannot make the folder", place.path);
      if (!open_child(place.folder, place.name).is_open()) {  // something else has the name
        TRY(remove_below(place.folder, place.name));
        if (::mkdirat(place.folder.get(), place.name.c_str(), 0755) != 0)
          return system_error("cannot make the folder", place.path);
      }
    }
    const Fd folder = open_child(place.folder, place.name);
    if (!folder.is_open()) return system_error("cannot open the folder", place.path);
    return set_owner_and_mode(folder, place, entry);
  }

  Status set_owner_and_mode(const Fd& file, const Place& place, archive_entry* entry) {
    const auto uid = static_cast<uid_t>(::archive_entry_uid(entry));
    const auto gid = static_cast<gid_t>(::archive_entry_gid(entry));
    if (::fchown(file.get(), uid, gid) != 0 ||
        ::fchmod(file.get(), ::archive_entry_perm(entry) & kModeKept) != 0)
      return system_error("cannot set owner and mode of", place.path);
    return Unit{};
  }

  Status add_file(const Place& place, archive_entry* entry) {
    TRY(remove_below(place.folder, place.name));
    const int64_t size = ::archive_entry_size(entry);
    if (size > bytes_max_) return too_large();
    const Fd file(::openat(place.folder.get(), place.name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return system_error("cannot make", place.path);
    TRY(copy_to(file, place));
    if (::ftruncate(file.get(), size) != 0)
      return system_error("cannot write", place.path);  // a hole at its end
    TRY(set_owner_and_mode(file, place, entry));
    const timespec modified{::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)};
    const timespec times[2] = {modified, modified};
    ::futimens(file.get(), times);
    return Unit{};
  }

  Status copy_to(const Fd& file, const Place& place) {
    for (;;) {
      const void* bytes = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int got = ::archive_read_data_block(reader_, &bytes, &size, &offset);
      if (got == ARCHIVE_EOF) return Unit{};
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return damaged(reader_);
      budget_.bytes -= static_cast<int64_t>(size);
      if (budget_.bytes < 0) return too_large();
      for (size_t done = 0; done < size;) {
        const ssize_t n = ::pwrite(file.get(), static_cast<const char*>(bytes) + done, size - done,
                                   offset + static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error("cannot write", place.path);
        done += static_cast<size_t>(n);
      }
    }
  }

  Error too_large() const {
    return Error{ErrorCode::ResourceExhausted, "it has more than " + grouped_digits(bytes_max_) + " bytes"};
  }

  Status add_link(const Place& place, archive_entry* entry) {
    TRY(remove_below(place.folder, place.name));
    const char* target = ::archive_entry_symlink(entry);
    if (target == nullptr || *target == '\0') return refused(place.path, "is a link to nothing");
    if (::symlinkat(target, place.folder.get(), place.name.c_str()) != 0)
      return system_error("cannot make the link", place.path);
    const auto uid = static_cast<uid_t>(::archive_entry_uid(entry));
    const auto gid = static_cast<gid_t>(::archive_entry_gid(entry));
    if (::fchownat(place.folder.get(), place.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
      return system_error("cannot set the owner of", place.path);
    return Unit{};
  }

  Status add_hard_link(const Place& place, const std::string& target) {
    const std::string from = TRY(normal_path(target));
    if (from.empty() || from == place.path) return refused(place.path, "is a link to itself");
    const Place source = TRY(place_of(from));
    struct stat status {};
    if (::fstatat(source.folder.get(), source.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return refused(place.path, "is a link to '" + from + "', which is not there");
    TRY(remove_below(place.folder, place.name));
    if (::linkat(source.folder.get(), source.name.c_str(), place.folder.get(), place.name.c_str(), 0) == 0)
      return Unit{};
    return system_error("cannot make the link", place.path);
  }

  archive* reader_;
  const Fd& root_;
  UnpackBudget& budget_;
  const int64_t bytes_max_;
  const int64_t entries_max_;
  // Paths that this layer has brought, as hashes: there may be millions, and long ones. Two that are the same only keep a
  // file that the image says should go.
  std::unordered_set<size_t> made_;
};

}  // namespace

Result<Fd> open_archive(const std::string& base, const std::string& path, const std::string& sha256) {
  Fd file = TRY(open_beneath(base, path));
  if (sha256.empty()) return file;
  Sha256 sum;
  std::string piece;
  do {
    piece = TRY(read_some(file, kReadBytes));
    sum.add(piece);
  } while (!piece.empty());
  if (to_hex(sum.digest()) != sha256)
    return Error{ErrorCode::DataLoss, path + " has other bytes than its digest says"};
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error("cannot read", path);
  return file;
}

Status sync_file_system(const Fd& folder) {
  if (::syncfs(folder.get()) == 0) return Unit{};
  return system_error("cannot sync", "the image");
}

Status unpack_layer(const Fd& archive, const Fd& root, UnpackBudget& budget) {
  const Utf8Names names;
  const std::unique_ptr<::archive, int (*)(::archive*)> reader(::archive_read_new(), ::archive_read_free);
  ::archive_read_support_format_tar(reader.get());
  ::archive_read_support_filter_gzip(reader.get());
  ::archive_read_support_filter_zstd(reader.get());
  if (::archive_read_open_fd(reader.get(), archive.get(), kReadBytes) != ARCHIVE_OK)
    return damaged(reader.get());
  return LayerUnpacker(reader.get(), root, budget).unpack();
}

}  // namespace aurora::os
