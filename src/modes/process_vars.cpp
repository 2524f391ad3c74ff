#include "modes/process_vars.h"

#include <memory>
#include <mutex>

#include "aurora/base/clock.h"
#include "aurora/os/machine.h"

namespace aurora {
namespace {

struct LastLook {
  std::mutex mutex;
  int64_t at_nanos = steady_nanos();
  int64_t cpu_nanos = os::machine_figures().cpu_time_nanos;
};

double cores_utilized(LastLook& last, int64_t cpu_nanos) {
  const std::lock_guard lock(last.mutex);
  const int64_t now = steady_nanos();
  const double cores = now > last.at_nanos ? static_cast<double>(cpu_nanos - last.cpu_nanos) /
                                                 static_cast<double>(now - last.at_nanos)
                                           : 0;
  last.at_nanos = now;
  last.cpu_nanos = cpu_nanos;
  return cores;
}

}  // namespace

std::function<std::map<std::string, double>()> make_process_vars() {
  return [last = std::make_shared<LastLook>()] {
    const os::MachineFigures figures = os::machine_figures();
    const auto number = [](int64_t value) { return static_cast<double>(value); };
    return std::map<std::string, double>{
        {"system_load_avg", figures.load_average},
        {"system_free_physical_memory_mb", number(figures.free_memory_mb)},
        {"system_free_swap_mb", number(figures.free_swap_mb)},
        {"process_cpu_cores_utilized", cores_utilized(*last, figures.cpu_time_nanos)},
        {"process_cpu_time_nanos", number(figures.cpu_time_nanos)},
        {"process_open_fd_count", number(figures.open_files)},
        {"process_max_fd_count", number(figures.open_files_max)},
    };
  };
}

}  // namespace aurora
