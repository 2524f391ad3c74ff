#include "store/replacement.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "aurora/base/log.h"
#include "aurora/base/split.h"
#include "aurora/store/maintenance.h"

namespace aurora::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDecided = "restored";
constexpr const char* kMovingIn = "moving_in";
constexpr const char* kPlan = "replaces";  // in kDecided: where to what was there goes, and what stays, one name a line
const std::string kAside = "replaced-";
const std::string kAsideBefore = "damaged-";  // as earlier versions called it

bool is_aside(const std::string& name) { return name.starts_with(kAside) || name.starts_with(kAsideBefore); }

Error failed(const std::string& what, const std::string& why) { return {ErrorCode::Internal, what + ": " + why}; }

Status synced(const rocksdb::Status& status, const std::string& path) {
  return status.ok() ? Status(Unit{}) : Status(failed("cannot bring " + path + " to the disk", status.ToString()));
}

Status sync_directory(const std::string& path) {
  std::unique_ptr<rocksdb::Directory> directory;
  TRY(synced(rocksdb::Env::Default()->NewDirectory(path, &directory), path));
  return synced(directory->Fsync(), path);
}

Status sync_file(const std::string& path) {
  std::unique_ptr<rocksdb::WritableFile> file;
  TRY(synced(rocksdb::Env::Default()->ReopenWritableFile(path, &file, rocksdb::EnvOptions()), path));
  TRY(synced(file->Fsync(), path));
  return synced(file->Close(), path);
}

Status sync_all(const std::string& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) entries.push_back(entry);
  if (error) return failed("cannot read the folder " + folder, error.message());
  for (const auto& entry : entries)
    TRY(entry.is_directory() ? sync_directory(entry.path().string()) : sync_file(entry.path().string()));
  return sync_directory(folder);
}

Status rename_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return failed("cannot move " + from.string() + " to " + to.string(), error.message());
  return Unit{};
}

Status write_file(const std::string& path, const std::string& text) {
  const auto status = rocksdb::WriteStringToFile(rocksdb::Env::Default(), text, path, /*should_sync=*/true);
  return status.ok() ? Status(Unit{}) : Status(failed("cannot write " + path, status.ToString()));
}

// A folder that is not there yet, replaced-20251231-235959 (UTC) or with a number behind it: two restores in
// one second must not put the one over the other.
std::string name_aside(const std::string& folder, Instant now) {
  std::string stamp = to_iso8601(now).substr(0, std::string_view("2025-12-31T23:59:59").size());
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  std::ranges::replace(stamp, 'T', '-');
  std::string name = kAside + stamp;
  for (int number = 2; fs::exists(folder + "/" + name); ++number) name = kAside + stamp + "-" + std::to_string(number);
  return name;
}

Status move_all(const fs::path& from, const fs::path& to, const std::vector<std::string>& kept) {
  std::error_code error;
  fs::create_directories(to, error);
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(from, error)) names.push_back(entry.path().filename());
  if (error) return failed("cannot read the folder " + from.string(), error.message());
  // Without CURRENT it is no database: no program that knows nothing of this takes a half for a whole.
  std::ranges::sort(names, [](const fs::path& a, const fs::path& b) { return a == "CURRENT" && b != "CURRENT"; });
  for (const fs::path& name : names) {
    if (std::ranges::find(kept, name.string()) == kept.end()) TRY(rename_to(from / name, to / name));
  }
  return Unit{};
}

// Where to what is there goes, then what stays in the folder beside what always does: copies.
std::string plan_text(const std::string& folder, const std::string& backup_folder, const std::string& aside) {
  std::string text = aside + "\n";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::equivalent(entry.path(), backup_folder, error)) text += entry.path().filename().string() + "\n";
  }
  return text;
}

struct Plan {
  std::string aside;
  std::vector<std::string> kept;
};

Result<Plan> read_plan(const std::string& folder) {
  const std::string path = folder + "/" + kDecided + "/" + kPlan;
  std::string text;
  const auto status = rocksdb::ReadFileToString(rocksdb::Env::Default(), path, &text);
  if (!status.ok()) {
    return failed("the database in " + folder + "/" + kDecided + " is to be put in place, and " + path +
                      " cannot be read, which says where the one before it goes",
                  status.ToString());
  }
  std::vector<std::string> names = split(text, '\n');
  std::erase(names, "");
  if (names.empty() || !is_aside(names.front())) return failed(path + " is damaged", "its first line names no folder");
  Plan plan{names.front(), {names.begin() + 1, names.end()}};
  plan.kept.insert(plan.kept.end(), {plan.aside, kBeingMade, kDecided, kMovingIn, "LOCK",
                                     fs::path(default_backup_folder(folder)).filename().string()});
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {  // what earlier ones have put aside, too
    if (const std::string name = entry.path().filename().string(); is_aside(name)) plan.kept.push_back(name);
  }
  return plan;
}

Status clear_the_place(const std::string& folder) {
  const Plan plan = TRY(read_plan(folder));
  TRY(move_all(folder, folder + "/" + plan.aside, plan.kept));
  TRY(sync_directory(folder + "/" + plan.aside));
  TRY(sync_directory(folder));
  TRY(rename_to(folder + "/" + kDecided, folder + "/" + kMovingIn));
  log_warning("store", "what was in " + folder + " is in " + folder + "/" + plan.aside + ": a copy takes its place");
  return sync_directory(folder);
}

}  // namespace

std::string old_mark_in(const std::string& folder) { return folder + "/may_be_old"; }

Status mark_as_old(const std::string& folder) {
  return write_file(old_mark_in(folder),
                    "Hosts may run what this database has not heard of: the next scheduler listens first.\n");
}

Status move_in(const std::string& from, const std::string& to) {
  TRY(move_all(from, to, {"CURRENT", kPlan}));
  TRY(sync_directory(to));
  const fs::path current = fs::path(from) / "CURRENT";
  if (fs::exists(current)) TRY(rename_to(current, fs::path(to) / "CURRENT"));
  TRY(sync_directory(to));
  std::error_code error;
  fs::remove_all(from, error);
  return Unit{};
}

Result<std::string> decide_on_what_was_made(const std::string& folder, const std::string& backup_folder, Instant now) {
  const std::string fresh = folder + "/" + kBeingMade;
  const std::string aside = name_aside(folder, now);
  std::error_code error;
  TRY(mark_as_old(fresh));
  fs::remove(fresh + "/LOCK", error);
  TRY(write_file(fresh + "/" + kPlan, plan_text(folder, backup_folder, aside)));
  TRY(sync_all(fresh));
  TRY(rename_to(fresh, folder + "/" + kDecided));
  TRY(sync_directory(folder));
  return aside;
}

bool is_replacement_decided(const std::string& folder) {
  return fs::exists(folder + "/" + kDecided) || fs::exists(folder + "/" + kMovingIn);
}

Status put_in_place(const std::string& folder) {
  if (fs::exists(folder + "/" + kDecided)) TRY(clear_the_place(folder));
  if (fs::exists(folder + "/" + kMovingIn)) TRY(move_in(folder + "/" + kMovingIn, folder));
  return Unit{};
}

}  // namespace aurora::store
