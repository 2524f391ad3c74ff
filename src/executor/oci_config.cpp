#include "executor/oci_config.h"

#include "aurora/codec/json_value.h"

namespace aurora::executor {
namespace {

using codec::JsonArray;
using codec::JsonObject;

struct Mount {
  std::string destination;
  std::string type;
  std::string source;
  std::vector<std::string> options;
};

void add(JsonArray& array, const Mount& mount) {
  JsonArray options;
  for (const std::string& option : mount.options) options.add(option);
  array.add_raw(JsonObject()
                    .add("destination", mount.destination)
                    .add("type", mount.type)
                    .add("source", mount.source)
                    .add_raw("options", options.text())
                    .text());
}

void add_kernel_files(JsonArray& array, bool hides_processes) {
  Mount proc{"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}};
  if (hides_processes) proc.options.push_back("hidepid=invisible");
  add(array, proc);
  add(array, {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}});
  add(array,
      {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}});
  add(array, {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}});
  add(array, {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}});
}

}  // namespace

std::string oci_config(const OciMounts& mounts) {
  JsonArray array;
  add_kernel_files(array, mounts.hides_processes);
  add(array, {"/tmp", "bind", mounts.tmp, {"bind", "rw"}});
  add(array, {mounts.run_mount_point, "bind", mounts.run_folder, {"bind", "rw"}});
  for (const OciMounts::File& file : mounts.files)
    add(array, {file.container_path, "bind", file.host_path, {"bind", "ro"}});
  // What is mounted below a volume would stay writable: it is not part of one that is only to be read.
  for (const core::Volume& volume : mounts.volumes) {
    const bool is_read_only = volume.mode == core::VolumeMode::ReadOnly;
    add(array,
        {volume.container_path, "bind", volume.host_path,
         is_read_only ? std::vector<std::string>{"bind", "ro"} : std::vector<std::string>{"rbind", "rw"}});
  }
  const std::string process = JsonObject()
                                  .add("terminal", false)
                                  .add_raw("user", JsonObject().add("uid", 0).add("gid", 0).text())
                                  .add_raw("args", JsonArray().add(mounts.shell).text())
                                  .add_raw("env", "[]")
                                  .add("cwd", "/")
                                  .text();
  return JsonObject()
      .add("ociVersion", "1.0.0")
      .add_raw("process", process)
      .add_raw("root", JsonObject().add("path", mounts.root).add("readonly", false).text())
      .add_raw("mounts", array.text())
      .add_raw("linux", R"({"namespaces":[{"type":"mount"}],"rootfsPropagation":"private"})")
      .text();
}

}  // namespace aurora::executor
