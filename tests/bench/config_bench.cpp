// The configuration language: start of the interpreter, CPU milliseconds a job, growth with jobs and with
// depth, memory. Figures are printed, never asserted. The original library takes about 13 ms for such a job
// on a machine like ours.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "aurora/config/evaluator.h"

namespace aurora::config {
namespace {

constexpr double kOriginalMs = 13.0;

// CPU time, so that a busy machine does not blur the figures.
double now_ms() { return static_cast<double>(std::clock()) * 1000.0 / CLOCKS_PER_SEC; }

// `jobs` jobs of 5 processes: a profile bound to each, a task and a job derived from others, refs in every
// command line.
std::string file_with_jobs(int jobs) {
  const std::string path = "/tmp/aurora_config_bench.aurora";
  std::ofstream(path) << R"(
class Profile(Struct):
  version = Required(String)
  env = Default(String, 'devel')
  host = Default(String, 'host-{{env}}')

base_process = Process(max_failures=3, min_duration=7)
base_task = Task(resources=Resources(cpu=0.5, ram=64*MB, disk=128*MB), max_failures=2)
base_job = Service(cluster='c', role='r', environment='{{profile.env}}', instances=3, update_config=UpdateConfig(batch_size=2))
jobs = []
for i in range()" << jobs
                      << R"():
  processes = [base_process(name='p%d' % k, cmdline='run {{profile.version}} --port={{thermos.ports[http]}} '
                            '--shard {{mesos.instance}} --role {{role}} %d %d {{name}} {{profile.host}}' % (i, k))
               for k in range(5)]
  task = base_task(name='t%d' % i, processes=processes, constraints=order(*processes))
  jobs.append(base_job(name='job%d' % i, task=task).bind(profile=Profile(version='v%d' % i, env='prod')))
)";
  return path;
}

constexpr int kDeepJobs = 500;

// kDeepJobs jobs with `prepare` in front and these bindings: `depth` is known to both.
std::string file_with_depth(int depth, const char* prepare, const char* command, const char* bindings) {
  const std::string path = "/tmp/aurora_config_bench.aurora";
  std::ofstream(path) << "depth = " << depth << "\n"
                      << prepare
                      << "jobs = [Job(cluster='c', role='r', environment='e', name='n%d' % i, task=Task(\n"
                      << "    processes=[Process(name='p', cmdline=" << command
                      << ")], resources=Resources(cpu=1, ram=MB, disk=MB))).bind(" << bindings
                      << ") for i in range(" << kDeepJobs << ")]\n";
  return path;
}

// A command line that goes through `depth` bindings, each naming the next.
std::string file_with_indirections(int depth) {
  return file_with_depth(depth, "", "'{{x0}}'",
                         "{'x%d' % i: '{{x%d}}' % (i + 1) for i in range(depth)}, {'x%d' % depth: 'end'}");
}

// A profile of structs, one inside the other: the innermost refers to the outermost.
std::string file_with_nested_structs(int depth) {
  return file_with_depth(depth, R"(
class Innermost(Struct):
  v = Default(String, '{{top}}')
kind, value = Innermost, {}
for level in range(depth):
  class Level(Struct):
    inner = kind
    top = String
  kind, value = Level, {'inner': value}
profile = kind(value)(top='end')
)",
                         "'{{profile.%sv}} {{profile.top}}' % ('inner.' * depth)", "profile=profile");
}

// A stamp of CLOCK_MONOTONIC in nanoseconds, as Python's time.monotonic_ns() gives it.
int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

struct Figures {
  double ms = 0;
  size_t bytes = 0;
  double peak_mb = 0;
};

Figures measure_here(Ask ask, const std::string& path) {
  EvaluateRequest request;
  request.ask = ask;
  request.path = path;
  request.user = "bench";
  Figures out;
  const double start = now_ms();
  const auto result = evaluate(request);
  out.ms = now_ms() - start;
  if (!result.ok() || result->failure) {
    std::printf("  failed: %s\n",
                result.ok() ? result->failure->text.c_str() : result.error().message.c_str());
    std::fflush(stdout);
    return out;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out.bytes = result->document.size();
  out.peak_mb = static_cast<double>(usage.ru_maxrss) / 1024.0;
  return out;
}

// In a copy of this process, so that no measurement collects the garbage of those before.
Figures measure(Ask ask, const std::string& path) {
  int ends[2];
  Figures out;
  std::fflush(stdout);
  if (pipe(ends) != 0) return out;
  const pid_t child = fork();
  if (child == 0) {
    out = measure_here(ask, path);
    _exit(write(ends[1], &out, sizeof out) == sizeof out ? 0 : 1);
  }
  close(ends[1]);
  if (read(ends[0], &out, sizeof out) != sizeof out) std::printf("  failed: no figures\n");
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return out;
}

// Milliseconds from before the start of a new process until it runs the first line of a job file: a child
// that has never run Python, or `program` if there is one.
double until_first_line_ms(const std::string& program) {
  const std::string path = "/tmp/aurora_config_bench_start.aurora", stamp = path + ".stamp";
  std::ofstream(path) << "import time; open('" << stamp << "', 'w').write(str(time.monotonic_ns()))\n"
                      << "jobs = [Job(cluster='c', role='r', environment='e', name='n')]\n";
  std::fflush(stdout);  // or the child would print it again
  const int64_t start = monotonic_ns();
  const pid_t child = fork();
  if (child == 0) {
    if (program.empty()) {
      measure_here(Ask::List, path);
    } else {
      if (std::freopen("/dev/null", "w", stdout) != nullptr)
        execl(program.c_str(), "aurora", "config", "list", path.c_str(), nullptr);
    }
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  int64_t reached = 0;
  std::ifstream(stamp) >> reached;
  return static_cast<double>(reached - start) / 1e6;
}

void print_start(const char* what, const std::string& program) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) times.push_back(until_first_line_ms(program));
  std::sort(times.begin(), times.end());
  std::printf("%s, to the first line of a file: least %.1f ms, median %.1f ms of wall time\n", what,
              times.front(), times[times.size() / 2]);
}

void print_depth(const char* name, std::string file_of(int)) {
  const double flat = measure(Ask::Dump, file_of(1)).ms / kDeepJobs;
  for (const int depth : {10, 20, 40, 80}) {
    const double ms = measure(Ask::Dump, file_of(depth)).ms / kDeepJobs;
    std::printf("%-12s depth %3d  %.3f ms/job  %.1f us for each level\n", name, depth, ms,
                (ms - flat) * 1000 / (depth - 1));
  }
}

void print_row(const char* name, int jobs, double ms) {
  const double each = ms / jobs;
  std::printf("%-12s %6d jobs  %8.1f ms  %.3f ms/job  %.1f times as fast as the original\n", name, jobs, ms,
              each, kOriginalMs / each);
}

void run() {
  print_start("interpreter start in a new process", "");
  const auto aurora = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "aurora";
  if (std::filesystem::exists(aurora)) print_start("`aurora config list`", aurora);
  std::printf("first evaluation, interpreter start included, 1 job: %.1f ms\n",
              measure_here(Ask::Dump, file_with_jobs(1)).ms);
  std::printf("second evaluation, 1 job: %.1f ms\n", measure(Ask::Dump, file_with_jobs(1)).ms);
  for (const int jobs : {250, 500, 1000, 2000})
    print_row("config dump", jobs, measure(Ask::Dump, file_with_jobs(jobs)).ms);
  for (const int jobs : {250, 500, 1000, 2000})
    print_row("config eval", jobs, measure(Ask::Eval, file_with_jobs(jobs)).ms);
  print_depth("indirections", file_with_indirections);
  print_depth("nested types", file_with_nested_structs);
  for (const Ask ask : {Ask::Dump, Ask::Eval}) {
    const Figures figures = measure(ask, file_with_jobs(10000));
    std::printf("config %s of 10,000 jobs: %.0f ms, document %.1f MB, peak memory of the process %.0f MB\n",
                ask == Ask::Dump ? "dump" : "eval", figures.ms, static_cast<double>(figures.bytes) / 1e6,
                figures.peak_mb);
  }
}

}  // namespace
}  // namespace aurora::config

int main() {
  aurora::config::run();
  return 0;
}
