#include "aurora/client/clusters.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "aurora/client/nearest.h"
#include "aurora/codec/json_value.h"

namespace aurora::client {
namespace {

Error unreadable(std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; }

std::string_view kind_name(const codec::JsonValue& value) {
  switch (value.kind()) {
    case codec::JsonValue::Kind::Null: return "null";
    case codec::JsonValue::Kind::Bool: return "bool";
    case codec::JsonValue::Kind::Integer:
    case codec::JsonValue::Kind::Double: return "number";
    case codec::JsonValue::Kind::String: return "string";
    case codec::JsonValue::Kind::Array: return "list";
    case codec::JsonValue::Kind::Object: return "map";
  }
  return "?";
}

// A string or, for zk in some sites' files, a list.
std::string joined(const codec::JsonValue& entry, const char* name) {
  const codec::JsonValue* list = entry.find(name);
  if (list == nullptr || !list->is_array()) return entry.string_or(name, "");
  std::string hosts;
  for (const codec::JsonValue& host : list->items()) {
    const auto text = host.as_string();
    if (text.ok()) hosts += (hosts.empty() ? "" : ",") + *text;
  }
  return hosts;
}

Cluster to_cluster(const codec::JsonValue& entry) {
  Cluster cluster;
  cluster.name = entry.string_or("name", "");
  cluster.zk = joined(entry, "zk");
  cluster.scheduler_zk_path = entry.string_or("scheduler_zk_path", "");
  cluster.scheduler_uri = joined(entry, "scheduler_uri");
  cluster.secret_file = entry.string_or("secret_file", "");
  cluster.proxy_url = entry.string_or("proxy_url", "");
  cluster.slave_root = entry.string_or("slave_root", "");
  cluster.slave_run_directory = entry.string_or("slave_run_directory", "");
  cluster.docker_registry = entry.string_or("docker_registry", cluster.docker_registry);
  cluster.entry = entry.to_json();
  return cluster;
}

// Absent when there is no such file; one that is there must be readable.
Result<std::optional<std::string>> find_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code ignored;
  const int problem = !in ? errno : std::filesystem::is_directory(file, ignored) ? EISDIR : 0;
  if (problem == ENOENT || problem == ENOTDIR) return std::optional<std::string>();
  std::ostringstream text;
  text << in.rdbuf();
  if (problem == 0) return std::optional(text.str());
  return unreadable("Unable to parse " + file + ": " + std::strerror(problem));
}

}  // namespace

std::string home_folder(const FindVariable& variable) {
  if (const auto home = variable("HOME"); home && !home->empty()) return *home;
  const passwd* user = getpwuid(getuid());
  return user == nullptr ? "/" : user->pw_dir;
}

std::vector<std::string> cluster_files(const FindVariable& variable) {
  const auto root = variable("AURORA_CONFIG_ROOT");
  const std::string site = root && !root->empty() ? *root : "/etc/aurora";
  return {site + "/clusters.json", home_folder(variable) + "/.aurora/clusters.json"};
}

Result<std::vector<Cluster>> parse_clusters(const std::string& text, const std::string& file) {
  auto document = codec::JsonValue::parse(text);
  if (!document.ok()) return unreadable("Unable to parse " + file + ": " + document.error().message);
  std::vector<codec::JsonValue> entries = document->items();
  for (const codec::JsonMember& member : document->members()) entries.push_back(member.value);
  if (!document->is_array() && !document->is_object()) return unreadable("Unknown layout in " + file);
  std::vector<Cluster> clusters;
  for (const codec::JsonValue& entry : entries) {
    if (!entry.is_object()) {
      return unreadable("Unable to parse " + file + ": Clusters must be maps of key/value pairs, got " +
                        std::string(kind_name(entry)));
    }
    Cluster cluster = to_cluster(entry);
    if (!cluster.name.empty()) clusters.push_back(std::move(cluster));
  }
  return clusters;
}

Result<std::map<std::string, Cluster>> load_clusters(const std::vector<std::string>& files) {
  std::map<std::string, Cluster> known;
  for (const std::string& file : files) {
    const auto text = TRY(find_text(file));
    if (!text) continue;
    for (Cluster& cluster : TRY(parse_clusters(*text, file))) {
      cluster.file = file;
      if (!cluster.secret_file.empty())
        cluster.secret_file = std::filesystem::path(file).parent_path() / cluster.secret_file;
      known[cluster.name] = std::move(cluster);
    }
  }
  return known;
}

Error unknown_cluster(const std::string& name, const std::map<std::string, Cluster>& known,
                      const std::vector<std::string>& files) {
  std::string names;
  std::vector<std::string> all;
  for (const auto& [other, cluster] : known) {
    names += (names.empty() ? "" : ", ") + other;
    all.push_back(other);
  }
  std::string looked;
  for (const std::string& file : files) looked += (looked.empty() ? "" : " and ") + file;
  return Error{ErrorCode::InvalidArgument, "Unknown cluster: " + name + ". Known clusters: " +
                                               (names.empty() ? "none" : names) + " (from " + looked + ")" +
                                               did_you_mean(nearest(name, all))};
}

}  // namespace aurora::client
