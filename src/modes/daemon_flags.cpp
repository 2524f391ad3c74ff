#include "modes/daemon_flags.h"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>

#include "aurora/net/secret.h"
#include "aurora/os/files.h"

namespace aurora {
namespace {

struct TimeUnit {
  const char* name;
  int64_t nanoseconds;
};
constexpr TimeUnit kUnits[] = {{"days", 86'400'000'000'000},
                               {"hrs", 3'600'000'000'000},
                               {"mins", 60'000'000'000},
                               {"secs", 1'000'000'000},
                               {"ms", 1'000'000},
                               {"us", 1'000},
                               {"ns", 1}};
constexpr int64_t kMillisecond = 1'000'000;

bool is_flag(const std::string& argument) {
  return argument.size() > 2 && argument[0] == '-' &&
         (std::isalpha(static_cast<unsigned char>(argument[1])) != 0);
}

}  // namespace

std::vector<std::string> normalize_flags(int argc, char** argv, const std::set<std::string>& ignored) {
  std::vector<std::string> flags;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (is_flag(argument)) argument = "-" + argument;
    const size_t equals = argument.find('=');
    const std::string name = argument.starts_with("--") ? argument.substr(2, equals - 2) : "";
    if (!ignored.contains(name)) {
      const bool is_emptied = !name.empty() && equals == argument.size() - 1;  // CLI11 would take the next word for its value
      flags.push_back(is_emptied ? "--" + name : std::move(argument));
      if (is_emptied) flags.emplace_back();
      continue;
    }
    log_warning("flags", "--" + name + " has no meaning here and is ignored");
    if (equals == std::string::npos && i + 1 < argc && argv[i + 1][0] != '-') ++i;
  }
  std::reverse(flags.begin(), flags.end());
  return flags;
}

Result<Duration> parse_duration(const std::string& text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string unit(end, text.data() + text.size());
  for (const TimeUnit& known : kUnits) {
    int64_t nanoseconds = 0;
    if (error != std::errc() || unit != known.name) continue;
    if (__builtin_mul_overflow(count, known.nanoseconds, &nanoseconds)) break;
    return Duration{nanoseconds / kMillisecond};
  }
  return Error{
      ErrorCode::InvalidArgument,
      "'" + text +
          "' is not a time; write a whole number and one of ns us ms secs mins hrs days, e.g. 5mins"};
}

std::string format_duration(Duration duration) {
  for (const TimeUnit& unit : kUnits) {
    const int64_t ms = unit.nanoseconds / kMillisecond;
    if (ms > 0 && duration.ms % ms == 0 && (duration.ms != 0 || ms == 1))
      return std::to_string(duration.ms / ms) + unit.name;
  }
  return std::to_string(duration.ms) + "ms";
}

void add_duration(CLI::App& app, const std::string& name, Duration& value, const std::string& help) {
  app.add_option_function<std::string>(
         "--" + name,
         [&value, name](const std::string& text) {
           const Result<Duration> parsed = parse_duration(text);
           if (!parsed.ok()) throw CLI::ValidationError("--" + name, parsed.error().message);
           value = parsed.value();
         },
         help)
      ->type_name("TIME")
      ->default_str(format_duration(value));
}

void add_log_options(CLI::App& app, LogOptions& options) {
  app.add_option("--log_format", options.format, "How log lines look")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--log_level", options.level, "The least important lines that are written")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
}

void apply(const LogOptions& options) {
  const LogLevel level = options.level == "debug"     ? LogLevel::Debug
                         : options.level == "warning" ? LogLevel::Warning
                         : options.level == "error"   ? LogLevel::Error
                                                      : LogLevel::Info;
  configure_log(options.format == "json" ? LogFormat::Json : LogFormat::Text, level);
}

void add_access_options(CLI::App& app, AccessOptions& access, const std::string& secret_use) {
  app.add_option("--ip,--address", access.ip, "Address to listen on; 0.0.0.0 is every one of this machine")
      ->capture_default_str();
  app.add_option("--secret_file", access.secret_file,
                 "File with the cluster's secret: one line, which only its owner may read. " + secret_use)
      ->type_name("FILE");
  app.add_flag("--insecure", access.is_insecure,
               "Listen beyond this machine without a secret: whoever reaches the port can run anything on the hosts");
  app.add_option("--allowed_hosts", access.allowed_hosts,
                 "Further names under which it is reached (a proxy's, an alias), or * for any [its own]")
      ->delimiter(',')
      ->option_text("NAME,...");
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

Result<std::string> read_secret(const AccessOptions& access) {
  const std::string& path = access.secret_file;
  if (path.empty() && (is_loopback(access.ip) || access.is_insecure)) return std::string();
  if (path.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "Other machines reach " + access.ip +
                     ", and without a secret whoever does can run anything on the hosts: give all daemons the same "
                     "--secret_file FILE (`openssl rand -base64 32 > FILE; chmod 600 FILE`), or --insecure where the "
                     "network lets nobody else in"};
  }
  std::string text = TRY(os::read_file(path, 4096));
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IRWXO) != 0) {
    return Error{ErrorCode::PermissionDenied,
                 "Every user of this machine may read or change the secret in " + path + "; chmod o= " + path};
  }
  return net::parse_secret(std::move(text), path);
}

std::vector<std::string> own_names(const AccessOptions& access, const std::string& hostname, const std::string& url) {
  std::vector<std::string> names = access.allowed_hosts;
  names.push_back(hostname);
  names.push_back(machine_name());
  if (const size_t host = url.find("://"); host != std::string::npos)
    names.push_back(url.substr(host + 3, url.find_first_of(":/", host + 3) - host - 3));
  return names;
}

std::string absolute_folder(const std::string& path) {
  if (path.empty()) return path;
  std::string text = std::filesystem::absolute(path).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::string machine_name() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0 || *name == '\0') return "localhost";
  return name;
}

}  // namespace aurora
