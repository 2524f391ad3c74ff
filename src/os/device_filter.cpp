#include "aurora/os/device_filter.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstring>

#include "aurora/os/files.h"

namespace aurora::os {
namespace {

constexpr uint8_t kContext = BPF_REG_1;
constexpr uint8_t kType = BPF_REG_2;
constexpr uint8_t kMajor = BPF_REG_3;
constexpr uint8_t kMinor = BPF_REG_4;
constexpr int32_t kRefused = 0;
constexpr int32_t kAllowed = 1;

bpf_insn instruction(int code, uint8_t to, int16_t offset, int32_t value, uint8_t from = 0) {
  bpf_insn made{};
  made.code = static_cast<uint8_t>(code);
  made.dst_reg = to & 0xf;
  made.src_reg = from & 0xf;
  made.off = offset;
  made.imm = value;
  return made;
}

bpf_insn load(uint8_t to, size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, static_cast<int16_t>(offset), 0, kContext);
}

void add_answer(std::vector<bpf_insn>& program, int32_t answer) {
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, answer));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0));
}

// Each device is five steps: three of which leave to the next device when it is another.
std::vector<bpf_insn> make_program(const std::vector<DeviceFile>& hidden) {
  std::vector<bpf_insn> program{load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
                                instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0xffff),
                                load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
                                load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor))};
  for (const DeviceFile& device : hidden) {
    const int32_t type = device.is_block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
    program.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, kType, 4, type));
    program.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, kMajor, 3, static_cast<int32_t>(device.major)));
    program.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, kMinor, 2, static_cast<int32_t>(device.minor)));
    add_answer(program, kRefused);
  }
  add_answer(program, kAllowed);
  return program;
}

int call_bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

Fd load_filter(const std::vector<DeviceFile>& hidden) {
  const std::vector<bpf_insn> program = make_program(hidden);
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.insns = reinterpret_cast<uintptr_t>(program.data());
  attributes.license = reinterpret_cast<uintptr_t>("");
  return Fd(call_bpf(BPF_PROG_LOAD, attributes));
}

}  // namespace

std::optional<DeviceFile> find_device(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode)) return std::nullopt;
  return DeviceFile{S_ISBLK(info.st_mode), major(info.st_rdev), minor(info.st_rdev)};
}

std::string to_rule(const DeviceFile& device) {
  return std::string(device.is_block ? "b " : "c ") + std::to_string(device.major) + ":" +
         std::to_string(device.minor) + " rwm";
}

bool can_filter_devices() { return load_filter({}).is_open(); }

Status filter_devices(const std::string& group, const std::vector<DeviceFile>& hidden) {
  const Fd filter = load_filter(hidden);
  if (!filter.is_open()) return system_error("cannot make a filter of devices for", group);
  const Fd folder(::open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return system_error("cannot open", group);
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = static_cast<uint32_t>(folder.get());
  attributes.attach_bpf_fd = static_cast<uint32_t>(filter.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (call_bpf(BPF_PROG_ATTACH, attributes) != 0) return system_error("cannot filter devices in", group);
  return Unit{};
}

}  // namespace aurora::os
