#include "aurora/client/session.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace aurora::client {
namespace {

constexpr char kInterrupted[] = "Command interrupted by user";

}  // namespace

Session::Session(Grammar grammar, std::string verb, Console& console, World world)
    : grammar_(grammar), verb_(std::move(verb)), console_(console), world_(std::move(world)) {}

Result<std::map<std::string, Cluster>> Session::list_clusters() { return load_clusters(cluster_files(world_.variable)); }

Result<Cluster> Session::find_cluster(const std::string& name) {
  const auto files = cluster_files(world_.variable);
  const auto known = TRY(load_clusters(files));
  const auto found = known.find(name);
  if (found == known.end()) return unknown_cluster(name, known, files);
  return found->second;
}

int Session::fail(ExitCode code, const std::string& text) {
  if (grammar_ == Grammar::NounVerb) {
    console_.print_error(text);
    return static_cast<int>(code);
  }
  console_.log(Severity::Fatal, text);
  return code == ExitCode::Interrupted ? static_cast<int>(code) : 1;
}

int Session::fail_option(const std::string& text) {
  fail(ExitCode::Usage, text);
  return static_cast<int>(ExitCode::Usage);
}

int Session::fail(const Error& error, const std::string& title, ExitCode refused) {
  if (is_interrupted_) return static_cast<int>(ExitCode::Interrupted);
  if (!is_refusal(error.code)) {
    const int code = fail(exit_code_of(error.code, refused), error.message);
    if (!parting_words_.empty()) console_.log(Severity::Warning, parting_words_);
    return code;
  }
  const std::string text = error.message.empty() ? "Unknown error" : error.message;
  const bool is_locked = is_update_lock(error);
  if (grammar_ != Grammar::NounVerb) {
    const auto code = error.code == ErrorCode::FailedPrecondition && !is_locked ? ErrorCode::InvalidArgument : error.code;
    report_response(*this, response_code_name(code), text);
    if (is_locked) {
      console_.info(
          "This job is being updated, or an update of it was left unfinished (paused). Look at it before you start "
          "another;\nif nobody is working on it, `aurora cancel_update` ends it.");
    }
    return 1;
  }
  console_.print_error(title);
  console_.print_error("\t" + text);
  if (is_locked) {
    console_.print_error(
        "\tError: job is locked by an active update.\n      Run 'aurora update abort' or wait for the active update to "
        "finish.");
  }
  return static_cast<int>(refused);
}

void Session::set_parting_words(const std::string& words) {
  parting_words_ = words;
  world_.set_parting_words(words);
}

Error Session::note_interrupt() {
  if (!is_interrupted_) {
    console_.clear_progress();
    console_.log(Severity::Error, kInterrupted);
    if (!parting_words_.empty()) console_.log(Severity::Warning, parting_words_);
  }
  is_interrupted_ = true;
  return {ErrorCode::DeadlineExceeded, kInterrupted};
}

int Session::end_interrupted() {
  note_interrupt();
  return static_cast<int>(ExitCode::Interrupted);
}

bool is_update_lock(const Error& error) {
  // Schedulers of before name no update.
  return error.code == ErrorCode::FailedPrecondition &&
         (!error.details.empty() || error.message == "Job is currently updating");
}

void report_response(Session& session, std::string_view code, std::string_view message) {
  session.console().info("Response from scheduler: " + std::string(code) + " (message: " + std::string(message) + ")");
}

std::string login_name(const FindVariable& variable) {
  for (const char* name : {"LOGNAME", "USER", "LNAME", "USERNAME"}) {
    if (const auto value = variable(name); value && !value->empty()) return *value;
  }
  const passwd* user = getpwuid(getuid());
  return user == nullptr ? std::to_string(getuid()) : user->pw_name;
}

Result<Duration> parse_duration(const std::string& text) {
  constexpr std::string_view kUnits = "dhms";
  constexpr int64_t kMilliseconds[] = {86'400'000, 3'600'000, 60'000, 1'000};
  const Error invalid{ErrorCode::InvalidArgument, "Invalid time span: " + text};
  int64_t total = 0;
  size_t next_unit = 0;
  size_t at = 0;
  while (at < text.size()) {
    int64_t number = 0;
    const size_t digits = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 && at - digits < 9) {
      number = number * 10 + (text[at++] - '0');
    }
    if (at == digits || at == text.size()) return invalid;
    const size_t unit = kUnits.find(static_cast<char>(std::tolower(text[at++])), next_unit);
    if (unit == std::string_view::npos) return invalid;
    total += number * kMilliseconds[unit];
    next_unit = unit + 1;
  }
  if (total <= 0) return invalid;
  return milliseconds(total);
}

std::string to_shown_duration(Duration duration) {
  struct Unit {
    int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400, " days"}, {3'600, " hrs"}, {60, " mins"}};
  const int64_t total = std::max<int64_t>(0, duration.ms) / 1000;
  for (const Unit& unit : kUnits) {
    if (total >= unit.seconds && total % unit.seconds == 0) return std::to_string(total / unit.seconds) + unit.name;
  }
  return std::to_string(total) + " secs";
}

}  // namespace aurora::client
