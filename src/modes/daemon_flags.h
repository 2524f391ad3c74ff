// What the flags of the long-running modes have in common with the original's: spelling, units, and names
// that mean nothing any more.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "aurora/base/log.h"
#include "aurora/base/result.h"
#include "aurora/base/time.h"

namespace CLI {
class App;
}

namespace aurora {

// Makes -name=value and -name value into --name. Flags of `ignored` (of the JVM, Mesos or Guice) are left
// out, with a warning each, so that existing launch scripts work. Last first, as CLI11 takes them.
std::vector<std::string> normalize_flags(int argc, char** argv, const std::set<std::string>& ignored);

// An integer and one of ns, us, ms, secs, mins, hrs, days: "5mins".
Result<Duration> parse_duration(const std::string& text);
std::string format_duration(Duration duration);  // in the largest unit that fits

// Adds --name with the present value as its default.
void add_duration(CLI::App& app, const std::string& name, Duration& value, const std::string& help);

struct LogOptions {
  std::string format = "text";
  std::string level = "info";
};
void add_log_options(CLI::App& app, LogOptions& options);
void apply(const LogOptions& options);

// Who may reach a daemon, and under which names.
struct AccessOptions {
  std::string ip = "127.0.0.1";
  std::string secret_file = {};
  bool is_insecure = false;
  std::vector<std::string> allowed_hosts = {};
};
// `secret_use`: what the secret is for.
void add_access_options(CLI::App& app, AccessOptions& access, const std::string& secret_use);
bool is_loopback(const std::string& address);
// The secret; empty when there is none. Refuses to do without where other machines reach the daemon, unless that was
// asked for, and a file that other users of this machine may read.
Result<std::string> read_secret(const AccessOptions& access);
// What a daemon answers to, beside localhost and IP addresses; `url` may be empty.
std::vector<std::string> own_names(const AccessOptions& access, const std::string& hostname, const std::string& url);

// Of a folder that an option names: what is done later, and by whom, may have another working folder. Without '/' at its end.
std::string absolute_folder(const std::string& path);

std::string machine_name();  // of this host, as the kernel knows it

}  // namespace aurora
