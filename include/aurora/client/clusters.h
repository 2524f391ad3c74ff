// The clusters a user knows, from clusters.json as the original looked it up (spec/client.md §4.1): first
// $AURORA_CONFIG_ROOT, else /etc/aurora; then ~/.aurora. Both are read; of equal names the later wins, whole.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aurora/base/result.h"

namespace aurora::client {

struct Cluster {
  std::string name;
  std::string zk;                 // host or comma list of hosts; beats scheduler_uri
  std::string scheduler_zk_path;
  std::string scheduler_uri;      // http://host:port; of several schedulers, with commas or as a list
  std::string proxy_url;          // base of displayed URLs only
  std::string slave_root;
  std::string slave_run_directory;
  std::string secret_file;  // its path, whatever folder it was given in
  std::string file;         // that describes it
  std::string entry;        // all that it says, as a JSON object
  std::string docker_registry = "https://registry-1.docker.io";
};

// The value of an environment variable; absent when it is not set.
using FindVariable = std::function<std::optional<std::string>(const std::string& name)>;

std::string home_folder(const FindVariable& variable);
std::vector<std::string> cluster_files(const FindVariable& variable);  // in the order in which they are read

// A list of objects, or an object of objects. Entries without a name are skipped, unknown keys ignored.
Result<std::vector<Cluster>> parse_clusters(const std::string& text, const std::string& file);
// Files that do not exist count as empty.
Result<std::map<std::string, Cluster>> load_clusters(const std::vector<std::string>& files);

// `Unknown cluster: <name>`, with the names that are known, the nearest of them and the files that were looked at.
Error unknown_cluster(const std::string& name, const std::map<std::string, Cluster>& known,
                      const std::vector<std::string>& files);

}  // namespace aurora::client
