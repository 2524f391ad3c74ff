// What a user of the client writes: clusters.json and the words of the command line.
#include "aurora/client/clusters.h"
#include "aurora/client/job_path.h"
#include "aurora/client/session.h"
#include "client/credentials.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

void instances(const std::string& text) {
  const auto parsed = client::parse_instances(text);
  if (!parsed.ok() || parsed->empty()) return;
  (void)client::format_ranges(*parsed);
  std::string printed = client::format_instances(*parsed);  // [0, 1, 7]
  std::erase_if(printed, [](char c) { return c == '[' || c == ']' || c == ' '; });
  const auto again = client::parse_instances(printed);
  promise(again.ok() && *again == *parsed, "instances read back from what they print");
}

}  // namespace

void clusters(std::string_view input) {
  const auto parsed = client::parse_clusters(std::string(input), "clusters.json");
  if (!parsed.ok()) {
    return promise(parsed.error().message.find("clusters.json") != std::string::npos,
                   "the error names the file");
  }
  for (const client::Cluster& cluster : *parsed) promise(!cluster.name.empty(), "a cluster has a name");
}

void netrc(std::string_view input) {
  const std::string text(input);
  const auto found = client::find_netrc_entry(text, "h1");
  // What is in front that makes no sense for another machine changes nothing for this one.
  const auto behind = client::find_netrc_entry("machine h0 login a password b\n\n" + text, "h1");
  promise(!found || behind.has_value(), "an entry is found behind that of another machine");
}

void words(std::string_view input) {
  if (input.empty()) return;
  const std::string text(input.substr(1));
  switch (input[0] % 5) {
    case 0: {
      const auto path = client::parse_job_path(text);
      if (path.ok())
        promise(*client::parse_job_path(to_string(*path)) == *path,
                "a job key reads back from what it prints");
      return;
    }
    case 1:
      return instances(text);
    case 2:
      return void(client::parse_instances_path(text));
    case 3: {
      const auto pattern = client::parse_job_pattern(text);
      if (pattern.ok()) (void)pattern->matches({"www", "prod", "web"});
      return;
    }
    default:
      return void(client::parse_duration(text));
  }
}

}  // namespace aurora::fuzz
