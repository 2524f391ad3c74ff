#include "modes/daemon_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

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
      flags.push_back(std::move(argument));
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

Result<std::string> read_secret(const std::string& path) {
  if (path.empty()) return std::string();
  std::string secret = TRY(os::read_file(path, 4096));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
  if (secret.size() < 16 || secret.find_first_not_of(allowed) != std::string::npos) {
    return Error{ErrorCode::InvalidArgument,
                 "The secret in " + path +
                     " must be one line of at least 16 characters of A-Z a-z 0-9 - . _ ~ + / =; " +
                     "`openssl rand -base64 32` makes one"};
  }
  return secret;
}

std::string machine_name() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0 || *name == '\0') return "localhost";
  return name;
}

}  // namespace aurora
