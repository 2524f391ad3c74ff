#include "modes/what_if_request.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "aurora/base/split.h"
#include "aurora/client/nearest.h"
#include "modes/executor_options.h"

namespace aurora {
namespace {

using core::Host;
using core::HostId;

constexpr size_t kNamesShown = 10;
constexpr int64_t kHostsAddedMax = 100'000;
constexpr core::PortRange kPorts{31'000, 32'000};  // as an executor offers them when it is told nothing

Error refuse(const std::string& what) { return {ErrorCode::InvalidArgument, what}; }

// "; did you mean r1?; there are r1, r2 and 38 more"
std::string what_there_is(const std::string& word, const std::set<std::string>& names) {
  std::string text = client::did_you_mean(client::nearest(word, {names.begin(), names.end()}));
  if (names.empty()) return text + "; there are none";
  text += text.empty() ? "; there are " : " There are ";
  size_t shown = 0;
  for (const std::string& name : names) {
    if (shown == kNamesShown) return text + " and " + std::to_string(names.size() - shown) + " more";
    text += (shown++ == 0 ? "" : ", ") + name;
  }
  return text;
}

std::set<std::string> attributes_of(const KnownHosts& known) {
  std::set<std::string> names;
  for (const auto& [id, host] : known) {
    for (const auto& [name, values] : host.attributes) names.insert(name);
  }
  return names;
}

Result<std::set<HostId>> hosts_with(const std::string& word, const std::string& option, const KnownHosts& known) {
  const std::string name = word.substr(0, word.find('='));
  const std::string value = word.substr(name.size() + 1);
  std::set<HostId> hosts;
  std::set<std::string> values;
  for (const auto& [id, host] : known) {
    const auto found = host.attributes.find(name);
    if (found == host.attributes.end()) continue;
    values.insert(found->second.begin(), found->second.end());
    if (found->second.contains(value)) hosts.insert(id);
  }
  if (!hosts.empty()) return hosts;
  if (values.empty()) return refuse(option + " " + word + ": no host has the attribute '" + name + "'" + what_there_is(name, attributes_of(known)));
  return refuse(option + " " + word + ": no host has that" + what_there_is(value, values));
}

Result<double> parse_cores(const std::string& text) {
  char* end = nullptr;
  const double cores = std::strtod(text.c_str(), &end);
  if (end != text.c_str() && *end == '\0' && std::isfinite(cores) && cores >= 0) return cores;
  return refuse("'" + text + "' is no number of cores");
}

Status set_value(const std::string& name, const std::string& value, Host& host) {
  core::ResourceTotals& has = host.capacity;
  if (name == "cpus") {
    has.cpus = TRY(parse_cores(value));
  } else if (name == "ram") {
    has.ram_mb = TRY(parse_megabytes(value));
  } else if (name == "disk") {
    has.disk_mb = TRY(parse_megabytes(value));
  } else if (name == "gpus") {
    has.gpus = static_cast<int64_t>(TRY(parse_cores(value)));
  } else {
    host.attributes[name].insert(value);
  }
  return Unit{};
}

Result<Host> parse_host(const std::string& text) {
  Host host;
  host.port_ranges = {kPorts};
  for (const std::string& part : split(text, ',')) {
    const size_t equals = part.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == part.size())
      return refuse("'" + part + "' is no NAME=VALUE; write for example 10:cpus=32,ram=128GB,disk=1TB,rack=r9");
    TRY(set_value(part.substr(0, equals), part.substr(equals + 1), host));
  }
  if (host.capacity.cpus > 0 && host.capacity.ram_mb > 0 && host.capacity.disk_mb > 0) return host;
  return refuse("a host needs cpus=, ram= and disk= above 0");
}

Result<int64_t> parse_count(const std::string& text) {
  int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem == std::errc() && end == text.data() + text.size() && count > 0 && count <= kHostsAddedMax) return count;
  return refuse("'" + text + "' is no number of hosts; write 1 to " + std::to_string(kHostsAddedMax));
}

}  // namespace

Result<std::set<HostId>> choose_hosts(const std::vector<std::string>& words, const std::string& option, const KnownHosts& known) {
  std::set<HostId> chosen;
  for (const std::string& word : words) {
    if (word.find('=') != std::string::npos) {
      chosen.merge(TRY(hosts_with(word, option, known)));
    } else if (known.contains(HostId(word))) {
      chosen.insert(HostId(word));
    } else {
      std::set<std::string> names;
      for (const auto& [id, host] : known) names.insert(id.value());
      return refuse(option + " " + word + ": there is no such host" + what_there_is(word, names));
    }
  }
  return chosen;
}

Result<std::vector<Host>> make_hosts(const std::vector<std::string>& words, KnownHosts& known) {
  std::vector<Host> hosts;
  size_t number = 0;
  for (const std::string& word : words) {
    const size_t colon = word.find(':');
    const bool has_count = colon != std::string::npos && colon < word.find('=');
    const auto count = has_count ? parse_count(word.substr(0, colon)) : Result<int64_t>(1);
    auto host = parse_host(has_count ? word.substr(colon + 1) : word);
    if (!count.ok()) return refuse("--add-hosts " + word + ": " + count.error().message);
    if (!host.ok()) return refuse("--add-hosts " + word + ": " + host.error().message);
    for (int64_t i = 0; i < *count; ++i) {
      do {
        host->id = HostId("added-" + std::to_string(++number));
      } while (known.contains(host->id));
      host->agent_id = host->id.value();
      known[host->id] = *host;
      hosts.push_back(*host);
    }
  }
  return hosts;
}

Status check_attribute(const std::string& attribute, const KnownHosts& known) {
  const std::set<std::string> names = attributes_of(known);
  if (names.empty() || names.contains(attribute)) return Unit{};
  return refuse("--by " + attribute + ": no host has that attribute" + what_there_is(attribute, names));
}

}  // namespace aurora
