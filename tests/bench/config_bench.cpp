// The configuration language: CPU milliseconds a job, start of the interpreter, memory. Figures are printed,
// never asserted. The original library takes about 13 ms for such a job on a machine like ours.
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

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

// One job whose command line goes through `depth` bindings, each naming the next.
std::string file_with_depth(int depth) {
  const std::string path = "/tmp/aurora_config_bench.aurora";
  std::ofstream(path) << "job = Job(cluster='c', role='r', environment='e', name='n', task=Task(\n"
                         "    processes=[Process(name='p', cmdline='{{x0.v}}')], resources=Resources(cpu=1, "
                         "ram=MB, disk=MB)))\n"
                         "class Node(Struct):\n  v = String\n"
                         "for i in range("
                      << depth
                      << "):\n"
                         "  job = job.bind({'x%d' % i: Node(v='{{x%d.v}}' % (i + 1)) if i + 1 < "
                      << depth
                      << " else Node(v='end')})\n"
                         "jobs = [job]\n";
  return path;
}

double measure(Ask ask, const std::string& path, size_t* bytes = nullptr) {
  EvaluateRequest request;
  request.ask = ask;
  request.path = path;
  request.user = "bench";
  const double start = now_ms();
  const auto result = evaluate(request);
  const double taken = now_ms() - start;
  if (!result.ok() || result->failure) {
    std::printf("  failed: %s\n",
                result.ok() ? result->failure->text.c_str() : result.error().message.c_str());
    return taken;
  }
  if (bytes != nullptr) *bytes = result->document.size();
  return taken;
}

void print_row(const char* name, int jobs, double ms) {
  const double each = ms / jobs;
  std::printf("%-12s %6d jobs  %8.1f ms  %.3f ms/job  %.1f times as fast as the original\n", name, jobs, ms,
              each, kOriginalMs / each);
}

void run() {
  std::printf("first evaluation, interpreter start included, 1 job: %.1f ms\n",
              measure(Ask::Dump, file_with_jobs(1)));
  std::printf("second evaluation, 1 job: %.1f ms\n", measure(Ask::Dump, file_with_jobs(1)));
  for (const int jobs : {250, 500, 1000, 2000})
    print_row("config dump", jobs, measure(Ask::Dump, file_with_jobs(jobs)));
  for (const int jobs : {250, 500, 1000, 2000})
    print_row("config eval", jobs, measure(Ask::Eval, file_with_jobs(jobs)));
  for (const int depth : {10, 20, 40, 80}) {
    std::printf("depth of indirection %3d: %.2f ms\n", depth, measure(Ask::Load, file_with_depth(depth)));
  }
  size_t bytes = 0;
  measure(Ask::Dump, file_with_jobs(10000), &bytes);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("10,000 jobs: document %.1f MB, peak memory of the process %.0f MB\n",
              static_cast<double>(bytes) / 1e6, static_cast<double>(usage.ru_maxrss) / 1024.0);
}

}  // namespace
}  // namespace aurora::config

int main() {
  aurora::config::run();
  return 0;
}
