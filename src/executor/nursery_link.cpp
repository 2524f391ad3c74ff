#include "executor/nursery_link.h"

#include <csignal>

#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/os/spawn.h"
#include "executor/bytes.h"

namespace aurora::executor {
namespace {

constexpr size_t kCommandLineRoom = 1024;  // for a path with a task id in it

Error not_understood() {
  return Error{ErrorCode::DataLoss, "nursery and executor do not understand each other"};
}

}  // namespace

std::string encode(const BirthRequest& request) {
  ByteWriter out;
  out.add(request.id);
  out.add(request.folder);
  return out.take();
}

std::string encode(const Birth& birth) {
  ByteWriter out;
  out.add(birth.id);
  out.add(birth.failure);
  return out.take();
}

Result<BirthRequest> decode_request(std::string_view bytes) {
  ByteReader in(bytes);
  BirthRequest request{in.get<uint64_t>(), in.get_string()};
  return in.is_good() ? Result<BirthRequest>(std::move(request)) : not_understood();
}

Result<Birth> decode_birth(std::string_view bytes) {
  ByteReader in(bytes);
  Birth birth{in.get<uint64_t>(), in.get_string()};
  return in.is_good() ? Result<Birth>(std::move(birth)) : not_understood();
}

Result<NurseryLink> NurseryLink::start(const Place& place, const os::Fd& progress) {
  auto [ours, theirs] = TRY(os::make_channel());
  os::SpawnRequest request{.program = place.program,
                           .arguments = {"aurora", "nursery", place.state_folder, std::string(kCommandLineRoom, ' ')},
                           .passed_fds = {theirs.get(), progress.get()},
                           .blocks_signals = true};
  if (place.inherits_environment) request.environment = os::own_environment();
  const int pid = TRY(os::spawn(request));
  return NurseryLink(std::move(ours), pid);
}

Status NurseryLink::request(const BirthRequest& request, const os::Fd& checkpoint) {
  return os::send_message(channel_, encode(request), {checkpoint.get()});
}

Result<std::vector<NurseryLink::Born>> NurseryLink::receive() {
  std::vector<Born> all;
  for (;;) {
    Result<std::optional<os::Message>> message = os::receive_message(channel_, os::Receive::IfThere);
    if (!message.ok() && all.empty()) return message.error();
    if (!message.ok() || !*message) return all;  // its end shows again
    Born born{TRY(decode_birth((*message)->bytes)), {}};
    if (!(*message)->files.empty()) born.process = std::move((*message)->files[0]);
    all.push_back(std::move(born));
  }
}

void NurseryLink::close() {
  channel_ = os::Fd();
  os::Poller poller;
  const Result<os::Fd> process = os::open_process(pid_);
  if (process.ok() && poller.add(*process, 1).ok()) poller.wait(seconds(2));
  os::reap(pid_);
}

void NurseryLink::bury() {
  os::send_signal(pid_, SIGKILL);  // for one that only closed its channel
  os::wait_for_child(pid_);
}

}  // namespace aurora::executor
