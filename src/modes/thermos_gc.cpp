#include "modes/thermos_gc.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <numeric>

#include "aurora/base/clock.h"
#include "aurora/os/tree.h"
#include "modes/thermos_verbs.h"

namespace aurora {
namespace {

struct GcOptions {
  std::vector<std::string> patterns;
  std::string age_max;
  std::string bytes_max;
  std::optional<int64_t> tasks_max;
  bool keeps_data = true;
  bool keeps_logs = true;
  bool keeps_metadata = true;
  bool is_forced = false;
  bool is_dry_run = false;
};

Error invalid(std::string text) { return Error{ErrorCode::InvalidArgument, std::move(text)}; }

const std::function<bool()> kGoesOn = [] { return true; };

std::string one_decimal(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f%s", value, unit);
  return text;
}

Result<GcPolicy> policy_of(const GcOptions& options) {
  GcPolicy policy{{}, {}, options.tasks_max, !options.keeps_metadata, !options.keeps_logs};
  if (!options.age_max.empty()) policy.age_max = TRY(parse_age(options.age_max));
  if (!options.bytes_max.empty()) policy.bytes_max = TRY(parse_space(options.bytes_max));
  return policy;
}

GcTask measure(Thermos& thermos, const executor::LocalTask& task, Instant now) {
  const executor::TaskFiles files = executor::files_of(task);
  const auto bytes = [](const std::string& folder) {
    return folder.empty() ? 0 : os::measure_tree(folder, kGoesOn).bytes;
  };
  GcTask measured{task.task_id.value(), now - task.changed_at, bytes(files.metadata), bytes(files.logs), 0};
  measured.data_bytes = std::max<int64_t>(0, bytes(files.sandbox) - measured.log_bytes);
  thermos.console.print("Analyzing task " + measured.task_id +
                        " (age: " + std::to_string(measured.age.ms / 1000) + " secs)... ");
  thermos.console.print(
      one_decimal(static_cast<double>(measured.metadata_bytes) / 1024, "KB").insert(0, "  metadata ") + " ");
  thermos.console.print(
      one_decimal(static_cast<double>(measured.log_bytes) / 1024, "KB").insert(0, "  logs ") + " ");
  thermos.console.print(
      one_decimal(static_cast<double>(measured.data_bytes) / (1 << 20), "MB").insert(0, "  data ") + " ");
  return measured;
}

std::vector<executor::LocalTask> choose(Thermos& thermos, std::vector<executor::LocalTask> tasks,
                                        const GcPolicy& policy) {
  std::vector<GcTask> measured;
  const Instant now = SystemClock().now();
  for (const executor::LocalTask& task : tasks) measured.push_back(measure(thermos, task, now));
  const GcChoice choice = choose_garbage(measured, policy);
  thermos.console.print("After age filter: " + std::to_string(choice.after_age) + " tasks");
  thermos.console.print("After size filter: " + std::to_string(choice.after_size) + " tasks");
  thermos.console.print("After total task filter: " + std::to_string(choice.after_count) + " tasks");
  thermos.console.print("Deciding to garbage collect the following tasks:");
  std::vector<executor::LocalTask> chosen;
  for (const size_t i : choice.tasks) {
    thermos.console.print("   " + measured[i].task_id);
    chosen.push_back(std::move(tasks[i]));
  }
  if (chosen.empty()) thermos.console.print("   None.");
  return chosen;
}

bool is_confirmed(Thermos& thermos, const GcOptions& options) {
  if (options.is_forced) return true;
  thermos.console.write("Continue [y/N]? ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y";
}

// True when all that was to go is gone.
bool erase(Thermos& thermos, const executor::LocalTask& task, const GcOptions& options) {
  const auto word = [](bool keeps) { return std::string(keeps ? "(keeping) " : "(deleting) "); };
  thermos.console.print("  Task " + task.task_id.value() + " data " + word(options.keeps_data) + "logs " +
                        word(options.keeps_logs) + "metadata " + word(options.keeps_metadata));
  bool is_done = true;
  const auto maybe = [&](bool keeps, const char* name, Status (*part)(const executor::LocalTask&)) {
    if (keeps) return;
    if (options.is_dry_run) return thermos.console.print(std::string("    would run ") + name + "()");
    const Status erased = part(task);
    if (!erased.ok()) thermos.console.log(client::Severity::Error, erased.error().message);
    is_done = is_done && erased.ok();
  };
  maybe(options.keeps_data, "erase_data", executor::erase_data);
  maybe(options.keeps_logs, "erase_logs", executor::erase_logs);
  maybe(options.keeps_metadata, "erase_metadata", executor::erase_metadata);
  if (is_done) thermos.console.print("done.");
  return is_done;
}

// Of the tasks that somebody ran here: an executor collects its own by itself.
std::vector<executor::LocalTask> finished_tasks(Thermos& thermos, const TaskPatterns& patterns) {
  const executor::LocalTasks found = executor::find_local_tasks({thermos.root});
  warn_of_unreadable(thermos, found);
  std::vector<executor::LocalTask> finished;
  bool has_executors = false;
  for (const executor::LocalTask& task : found.tasks) {
    if (task.is_active() || !patterns.matches(task.task_id.value())) continue;
    const bool is_executors = executor::belongs_to_executor(task.work);
    has_executors = has_executors || is_executors;
    if (!is_executors) finished.push_back(task);
  }
  if (has_executors) {
    thermos.console.log(client::Severity::Warning,
                        "Tasks of an executor are left to it: see gc_ in `aurora executor --help`.");
  }
  return finished;
}

int collect(Thermos& thermos, const GcOptions& options) {
  const Result<GcPolicy> policy = policy_of(options);
  if (!policy.ok()) return fail_usage(thermos, policy.error().message);
  const bool is_named = !options.patterns.empty();
  const auto patterns = TaskPatterns::parse(is_named ? options.patterns : std::vector<std::string>{".*"});
  if (!patterns.ok()) return fail_usage(thermos, patterns.error().message);
  thermos.console.print("Analyzing root at " + thermos.root);
  std::vector<executor::LocalTask> tasks = finished_tasks(thermos, *patterns);
  if (!is_named) thermos.console.print("No task ids specified, using default collector.");
  const bool is_limited = policy->age_max || policy->bytes_max || policy->tasks_max;
  if (!is_named || is_limited) tasks = choose(thermos, std::move(tasks), *policy);
  if (tasks.empty()) {
    thermos.console.print("No tasks to garbage collect.  Exiting");
    return 0;
  }
  if (!is_confirmed(thermos, options)) {
    thermos.console.print("Cancelling gc.");
    return 0;
  }
  thermos.console.print("Running gc...");
  bool is_done = true;
  for (const executor::LocalTask& task : tasks) is_done = erase(thermos, task, options) && is_done;
  return is_done ? 0 : 1;
}

void add_keep(CLI::App& app, const char* what, bool& keeps, const char* text) {
  const std::string name = what;
  app.add_flag_callback(
      "--keep-" + name, [&keeps] { keeps = true; }, std::string("Keep ") + text + " [default]");
  app.add_flag_callback(
      "--delete-" + name, [&keeps] { keeps = false; }, std::string("Delete ") + text);
}

// A number and a unit, again and again.
template <typename Unit>
std::optional<int64_t> sum_of(const std::string& text, const Unit& unit_of) {
  int64_t sum = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t unit = std::min(text.find_first_not_of("0123456789", at), text.size());
    const size_t next = std::min(text.find_first_of("0123456789", unit), text.size());
    if (unit == at || unit - at > 12) return std::nullopt;
    const int64_t factor = unit_of(text.substr(unit, next - unit));
    const int64_t count = std::stoll(text.substr(at, unit - at));
    if (factor == 0 || count > std::numeric_limits<int64_t>::max() / 2 / factor - sum / factor)
      return std::nullopt;
    sum += count * factor;
    at = next;
  }
  return text.empty() ? std::nullopt : std::optional(sum);
}

}  // namespace

GcChoice choose_garbage(const std::vector<GcTask>& tasks, const GcPolicy& policy) {
  std::vector<size_t> newest_first(tasks.size());
  std::iota(newest_first.begin(), newest_first.end(), size_t{0});
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [&](size_t a, size_t b) { return tasks[a].age < tasks[b].age; });
  std::vector<bool> chosen(tasks.size());
  GcChoice choice;
  const auto count = [&] { return static_cast<size_t>(std::count(chosen.begin(), chosen.end(), true)); };
  for (size_t i = 0; i < tasks.size(); ++i) chosen[i] = policy.age_max && tasks[i].age > *policy.age_max;
  choice.after_age = count();
  int64_t used = 0;
  for (const size_t i : newest_first) {
    if (chosen[i] || !policy.bytes_max) continue;
    used += tasks[i].data_bytes + (policy.counts_metadata ? tasks[i].metadata_bytes : 0) +
            (policy.counts_logs ? tasks[i].log_bytes : 0);
    chosen[i] = used > *policy.bytes_max;
  }
  choice.after_size = count();
  int64_t kept = 0;
  for (const size_t i : newest_first) {
    if (chosen[i] || !policy.tasks_max) continue;
    chosen[i] = ++kept > *policy.tasks_max;
  }
  choice.after_count = count();
  for (auto i = newest_first.rbegin(); i != newest_first.rend(); ++i) {
    if (chosen[*i]) choice.tasks.push_back(*i);
  }
  return choice;
}

Result<Duration> parse_age(const std::string& text) {
  const auto secs = sum_of(text, [](const std::string& unit) -> int64_t {
    return unit == "d" ? 86'400 : unit == "h" ? 3600 : unit == "m" ? 60 : unit == "s" ? 1 : 0;
  });
  constexpr int64_t kLongest = int64_t{100'000} * 365 * 86'400;
  if (!secs || *secs > kLongest)
    return invalid("'" + text + "' is no age; write days, hours, minutes and seconds, e.g. 2d5h or 7200s");
  return seconds(*secs);
}

Result<int64_t> parse_space(const std::string& text) {
  const auto bytes = sum_of(text, [](std::string unit) -> int64_t {
    for (char& c : unit) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (unit.size() == 2 && unit[1] == 'B') unit.pop_back();
    return unit == "B"   ? 1
           : unit == "K" ? 1 << 10
           : unit == "M" ? 1 << 20
           : unit == "G" ? 1 << 30
           : unit == "T" ? int64_t{1} << 40
                         : 0;
  });
  if (!bytes) return invalid("'" + text + "' is no space; write a number and B, K, M, G or T, e.g. 20G");
  return *bytes;
}

ThermosCall define_thermos_gc(CLI::App& app) {
  auto options = std::make_shared<GcOptions>();
  app.add_option("patterns", options->patterns,
                 "Only these finished tasks: ids, or regular expressions for their beginning")
      ->option_text(" ");
  app.add_option("--max_age", options->age_max, "Collect tasks that ended longer ago")
      ->option_text("AGE, e.g. 2d5h or 7200s");
  app.add_option("--max_tasks", options->tasks_max, "Keep at most so many tasks, the newest")
      ->check(CLI::NonNegativeNumber)
      ->option_text("NUM");
  app.add_option("--max_space", options->bytes_max, "Keep at most so much of what may be deleted, the newest")
      ->option_text("SPACE, e.g. 20G");
  add_keep(app, "data", options->keeps_data, "what is in the sandbox, except logs");
  add_keep(app, "logs", options->keeps_logs, "the logs of the processes");
  add_keep(app, "metadata", options->keeps_metadata,
           "plan and checkpoint: without them the task is forgotten");
  app.add_flag("--force", options->is_forced, "Do not ask");
  app.add_flag("--dryrun", options->is_dry_run, "Only say what would be done");
  return [options](Thermos& thermos) { return collect(thermos, *options); };
}

}  // namespace aurora
