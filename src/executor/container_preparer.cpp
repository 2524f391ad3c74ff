#include "aurora/executor/container_preparer.h"

#include "aurora/os/beneath.h"
#include "aurora/os/files.h"
#include "aurora/os/spawn.h"
#include "executor/image_users.h"
#include "executor/oci_config.h"

namespace aurora::executor {
namespace {

constexpr size_t kAccountBytesMax = 4 << 20;

Error failed(std::string message) { return Error{ErrorCode::FailedPrecondition, std::move(message)}; }

// Empty if the image has none.
std::string read_in(const Image& image, const std::string& path) {
  const Result<os::Fd> file = os::open_in_root(image.root, path);
  const Result<std::string> text =
      file.ok() ? os::read_at(*file, 0, kAccountBytesMax) : Result<std::string>(file.error());
  return text.ok() ? *text : "";
}

Result<std::string> find_shell(const Image& image) {
  for (const char* shell : {"/bin/bash", "/usr/bin/bash", "/bin/sh"}) {
    if (os::open_in_root(image.root, shell).ok()) return std::string(shell);
  }
  return failed("the image has no /bin/bash and no /bin/sh to run command lines with");
}

std::string name_of_group(int gid, const std::string& fallback) {
  const Result<std::string> file = os::read_file("/etc/group");
  if (!file.ok()) return fallback;
  const std::string wanted = ":" + std::to_string(gid) + ":";
  for (size_t at = 0; at < file->size();) {
    const size_t end = std::min(file->find('\n', at), file->size());
    const std::string line = file->substr(at, end - at);
    const size_t name = line.find(':');
    const size_t password = name == std::string::npos ? name : line.find(':', name + 1);
    if (password != std::string::npos && line.compare(password, wanted.size(), wanted) == 0)
      return line.substr(0, name);
    at = end + 1;
  }
  return fallback;
}

Status check_volumes(const std::vector<core::Volume>& volumes) {
  for (const core::Volume& volume : volumes) {
    if (!os::exists(volume.host_path))
      return failed("the volume " + volume.host_path + " does not exist on this host");
  }
  return Unit{};
}

// The changes belong to root: what is in them does, too, where the image says so.
Status make_folders(const RunnerPlan& plan, const TaskPaths& paths) {
  const std::string changes = changes_of(plan.sandbox);
  TRY(os::make_folders(changes, 0700));
  TRY(os::make_folders(changes + "/files", 0755));
  TRY(os::make_folders(changes + "/work", 0700));
  TRY(os::make_folders(paths.container, 0700));
  return os::make_folders(paths.container + "/rootfs", 0755);
}

void add_variables(Container& container, const Image& image, const core::ContainerNeeds& needs,
                   const std::string& run_folder) {
  const auto set = [&](const std::string& variable) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    std::erase_if(container.environment, [&](const std::string& other) { return other.starts_with(name); });
    container.environment.push_back(variable);
  };
  for (const std::string& variable : image.environment) set(variable);
  for (const std::string& variable : needs.environment) set(variable);
  set("MESOS_DIRECTORY=" + run_folder);  // by which processes are known whose HOME is the same in all tasks
  set("MESOS_SANDBOX=" + container.sandbox);
}

// Its GPUs, and what NVIDIA's library opens beside any of them.
std::vector<std::string> devices_of(const RunnerPlan& plan) {
  if (plan.gpus.empty()) return {};
  std::vector<std::string> devices = plan.gpus;
  for (const char* shared : {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"})
    devices.push_back(shared);
  std::erase_if(devices, [](const std::string& device) { return !os::exists(device); });
  return devices;
}

}  // namespace

Result<std::string> ContainerPreparer::find_runtime() const {
  if (!policy_.runtime.empty()) {
    if (os::exists(policy_.runtime)) return policy_.runtime;
    return failed("a task with an image needs an OCI runtime, and " + policy_.runtime +
                  " of --oci_runtime does not exist");
  }
  for (const char* name : {"crun", "runc"}) {
    if (const std::string program = os::find_program(name); !program.empty()) return program;
  }
  return failed(
      "a task with an image needs an OCI runtime, and neither crun nor runc is on this host: apt install "
      "crun");
}

Result<std::optional<core::ContainerNeeds>> ContainerPreparer::needs_of(const core::Task& task) const {
  Result<std::optional<core::ContainerNeeds>> needs = core::container_needs(task.config->container);
  if (!needs.ok() || !*needs) return needs;
  if (!images_) return failed("tasks with an image run on hosts of a cluster only");
  if (!os::is_root())
    return failed("a task with an image needs an executor that root has started; this one runs as " +
                  os::current_user().name);
  TRY(find_runtime());
  TRY(check_volumes((*needs)->volumes));
  return needs;
}

bool ContainerPreparer::waits_for_image(const core::Task& task) const {
  const Result<std::optional<core::ContainerNeeds>> needs = needs_of(task);
  return needs.ok() && *needs && !images_->has((*needs)->image);
}

Result<Image> ContainerPreparer::find_image(const core::ContainerNeeds& needs,
                                            const std::function<bool()>& goes_on) const {
  return images_->prepare(needs.image, goes_on);
}

Result<Container> ContainerPreparer::prepare(const core::ContainerNeeds& needs, const Image& image,
                                             const RunnerPlan& plan, const TaskPaths& paths) const {
  std::string runtime = TRY(find_runtime());
  std::string shell = TRY(find_shell(image));
  Container container{
      image.root, paths.container, std::move(runtime), policy_.sandbox_mount_point, std::move(shell), {}};
  const std::string run_folder = run_folder_of(plan);
  add_variables(container, image, needs, run_folder);
  TRY(make_folders(plan, paths));
  const AccountFiles accounts =
      TRY(add_role({read_in(image, "etc/passwd"), read_in(image, "etc/group")}, plan.user,
                   name_of_group(plan.user.gid, plan.user.name), container.sandbox, container.shell));
  TRY(os::write_file(paths.container + "/passwd", accounts.passwd, 0644));
  TRY(os::write_file(paths.container + "/group", accounts.group, 0644));

  OciMounts mounts{
      .root = paths.container + "/rootfs",
      .shell = container.shell,
      .hides_processes = plan.confinement.hides_processes,
      .run_folder = run_folder,
      .run_mount_point = container.sandbox.substr(0, container.sandbox.rfind('/')),
      .tmp = private_tmp_of(plan.sandbox),
      .files = {{paths.container + "/passwd", "/etc/passwd"}, {paths.container + "/group", "/etc/group"}},
      .volumes = needs.volumes};
  for (const char* file : {"/etc/resolv.conf", "/etc/hosts", "/etc/hostname"}) {
    if (os::exists(file)) mounts.files.push_back({file, file});
  }
  for (const std::string& device : devices_of(plan)) mounts.files.push_back({device, device});
  TRY(os::write_file(paths.container + "/config.json", oci_config(mounts), 0600));
  return container;
}

}  // namespace aurora::executor
