#include "modes/cluster_registry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "aurora/codec/json.h"
#include "aurora/codec/json_value.h"

namespace aurora {
namespace {

constexpr char kOwner[] = "devcluster_folder";  // a key that marks entries as written by us

using codec::JsonMember;
using codec::JsonValue;

struct Layout {
  bool is_list = true;
  std::vector<JsonMember> entries;  // of a list: without names
};

Result<Layout> read_layout(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return Layout{};
  const JsonValue document = TRY(JsonValue::parse(text));
  if (!document.is_array() && !document.is_object()) return Error{ErrorCode::InvalidArgument, "it holds no list of clusters"};
  Layout layout;
  layout.is_list = document.is_array();
  for (const JsonValue& entry : document.items()) layout.entries.push_back({"", entry});
  for (const JsonMember& member : document.members()) layout.entries.push_back(member);
  return layout;
}

std::string write_layout(const Layout& layout) {
  codec::JsonArray list;
  codec::JsonObject object;
  for (const JsonMember& entry : layout.entries) {
    list.add_raw(entry.value.to_json());
    if (!layout.is_list) object.add_raw(entry.name, entry.value.to_json());
  }
  return codec::indent_json(layout.is_list ? list.text() : object.text(), 2) + "\n";
}

bool is_named(const JsonMember& entry, const std::string& name) { return entry.value.string_or("name", "") == name; }

}  // namespace

std::string to_json(const RegistryEntry& entry) {
  codec::JsonObject object;
  object.add("name", entry.name).add("scheduler_uri", entry.scheduler_uri).add("auth_mechanism", "UNAUTHENTICATED");
  object.add("slave_root", entry.folder).add("slave_run_directory", "latest").add(kOwner, entry.folder);
  object.add("secret_file", entry.folder + "/secret");
  return object.text();
}

std::string owner_of(const std::string& entry_json) {
  const auto entry = JsonValue::parse(entry_json);
  return entry.ok() ? entry->string_or(kOwner, "") : "";
}

Result<std::string> with_entry(const std::string& text, const RegistryEntry& entry, std::string& displaced,
                               const std::function<bool(const std::string& folder)>& is_running) {
  Layout layout = TRY(read_layout(text));
  std::erase_if(layout.entries, [&](const JsonMember& existing) {
    if (!is_named(existing, entry.name)) return false;
    const std::string owner = existing.value.string_or(kOwner, "");
    if (owner.empty() || (owner != entry.folder && is_running(owner))) displaced = existing.value.to_json();
    return true;
  });
  JsonValue value = TRY(JsonValue::parse(to_json(entry)));
  layout.entries.push_back({entry.name, std::move(value)});
  return write_layout(layout);
}

Result<std::string> without_entry(const std::string& text, const RegistryEntry& entry, const std::string& displaced) {
  Layout layout = TRY(read_layout(text));
  const size_t erased = std::erase_if(layout.entries, [&](const JsonMember& existing) {
    return is_named(existing, entry.name) && existing.value.string_or(kOwner, "") == entry.folder &&
           existing.value.string_or("scheduler_uri", "") == entry.scheduler_uri;
  });
  if (erased == 0) return text;
  if (!displaced.empty()) {
    JsonValue value = TRY(JsonValue::parse(displaced));
    layout.entries.push_back({entry.name, std::move(value)});
  }
  return write_layout(layout);
}

Status write_file(const std::string& path, const std::string& text, unsigned mode) {
  const auto fail = [&](const char* what) {
    return Error{ErrorCode::Internal, std::string("cannot ") + what + " " + path + ": " + std::strerror(errno)};
  };
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  struct stat existing {};
  if (stat(path.c_str(), &existing) == 0) mode = existing.st_mode & 07777;
  const std::string scratch = path + ".new-" + std::to_string(getpid());
  const int file = open(scratch.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return fail("write");
  const ssize_t written = write(file, text.data(), text.size());
  const bool is_good = written == static_cast<ssize_t>(text.size()) && fchmod(file, mode) == 0 && fsync(file) == 0;
  close(file);
  if (!is_good || rename(scratch.c_str(), path.c_str()) != 0) {
    const Error error = fail("write");
    unlink(scratch.c_str());
    return error;
  }
  return Unit{};
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace aurora
