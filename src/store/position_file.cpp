#include "store/position_file.h"

#include <cstring>

#include "store/fingerprint.h"

namespace aurora::store {
namespace {

constexpr size_t kSlotBytes = 32;
constexpr uint64_t kSlotDistance = 512;  // a sector each
constexpr uint64_t kFormat = 0x31736F702D727561;  // "aur-pos1"

std::string encode(const Position& position) {
  uint64_t words[4] = {kFormat, position.commit, position.sum, 0};
  const std::string_view content(reinterpret_cast<const char*>(words), 3 * sizeof(uint64_t));
  words[3] = hash_of(content, kFormat);
  return {reinterpret_cast<const char*>(words), sizeof words};
}

std::optional<Position> decode(std::string_view bytes) {
  if (bytes.size() < kSlotBytes) return std::nullopt;
  uint64_t words[4];
  std::memcpy(words, bytes.data(), sizeof words);
  const Position position{words[1], words[2]};
  return bytes.substr(0, kSlotBytes) == encode(position) ? std::optional(position) : std::nullopt;
}

}  // namespace

std::string PositionFile::path_in(const std::string& folder) { return folder + "/position"; }

std::optional<Position> PositionFile::read(const std::string& folder) {
  std::string bytes;
  if (!rocksdb::ReadFileToString(rocksdb::Env::Default(), path_in(folder), &bytes).ok()) return std::nullopt;
  std::optional<Position> last;
  for (const uint64_t at : {uint64_t{0}, kSlotDistance}) {
    if (bytes.size() <= at) continue;
    const auto found = decode(std::string_view(bytes).substr(at));
    if (found && (!last || found->commit > last->commit)) last = found;
  }
  return last;
}

Result<std::unique_ptr<PositionFile>> PositionFile::open(const std::string& folder, const Position& position) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  const std::string path = path_in(folder);
  if (!env.FileExists(path).ok()) {
    // Whole before it has its name: a start finds either no file or one with a position.
    const std::string slots = encode(position) + std::string(kSlotDistance - kSlotBytes, '\0') + encode(position);
    rocksdb::Status made = rocksdb::WriteStringToFile(&env, slots, path + ".new", /*should_sync=*/true);
    if (made.ok()) made = env.RenameFile(path + ".new", path);
    if (!made.ok()) return Error{ErrorCode::Internal, "cannot make " + path + ": " + made.ToString()};
  }
  std::unique_ptr<rocksdb::RandomRWFile> file;
  const rocksdb::Status opened = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions());
  if (!opened.ok()) return Error{ErrorCode::Internal, "cannot open " + path + ": " + opened.ToString()};
  std::unique_ptr<PositionFile> result(new PositionFile(path, std::move(file)));
  TRY(result->write(position));
  TRY(result->sync());
  return result;
}

PositionFile::~PositionFile() { static_cast<void>(sync()); }

Status PositionFile::write(const Position& position) {
  return check(file_->Write(position.commit % 2 * kSlotDistance, encode(position)));
}

Status PositionFile::sync() { return check(file_->Sync()); }

Status PositionFile::check(const rocksdb::Status& status) const {
  if (status.ok()) return Unit{};
  return Error{ErrorCode::Internal, "cannot write " + path_ + ": " + status.ToString()};
}

}  // namespace aurora::store
