// Commands in the sandboxes of this host's tasks, over WebSockets.
#include "api/access.h"
#include "api/exec_protocol.h"
#include "api/handler.h"
#include "api/observer.h"
#include "aurora/codec/json_fields.h"

namespace aurora::api {
namespace {

constexpr uint8_t kStdout = 1;
constexpr uint8_t kStderr = 2;

// A terminal has no end of its input; who reads from it takes this for one.
void close_input(const executor::Exec& exec, const net::StreamSession& session) {
  if (exec.has_terminal()) return session.write_input("\x04");
  session.close_input();
}

Status obey(executor::Exec& exec, const net::StreamSession& session, std::string_view text) {
  const ExecControl control = TRY(parse_exec_control(text));
  if (control.resize) exec.resize({.rows = control.resize->rows, .columns = control.resize->columns});
  if (control.signal) TRY(exec.send_signal(*control.signal));
  if (control.close_stdin) close_input(exec, session);
  if (control.pause) session.hold_outputs(*control.pause);
  return Unit{};
}

net::Streams streams_of(const std::shared_ptr<executor::Exec>& exec) {
  net::Streams streams;
  streams.input = net::Descriptor(exec->take_input());
  streams.outputs.push_back({kStdout, net::Descriptor(exec->take_output())});
  if (!exec->has_terminal()) streams.outputs.push_back({kStderr, net::Descriptor(exec->take_errors())});
  streams.on_begin = [exec](const net::StreamSession& session) {
    exec->on_end([session](const executor::ExecEnd& end) { session.finish(encode_exit(end)); });
  };
  streams.on_control = [exec](const net::StreamSession& session, std::string_view text) {
    return obey(*exec, session, text);
  };
  streams.on_end = [exec](const std::string& why) { exec->leave(why); };
  return streams;
}

Status check_runs(const ExecutorServices& services, const core::TaskId& task_id) {
  return services.loop.query([&](const core::HostTasks& tasks) -> Status {
    const core::HostTask* task = tasks.find(task_id);
    if (task == nullptr) return Error{ErrorCode::NotFound, "Unknown task_id: " + task_id.value()};
    if (!is_terminal(task->status)) return Unit{};
    return Error{ErrorCode::FailedPrecondition,
                 task_id.value() + " has ended; a command can be run only in a task that runs"};
  });
}

Result<net::Response> open(const ExecutorServices& services, const net::Request& request) {
  executor::ExecRequest wanted = TRY(parse_exec_request(request));
  wanted.task_id = core::TaskId(param(request, "taskId"));
  wanted.who = requester_of(request);
  TRY(check_runs(services, wanted.task_id));
  // Only now: pages ask without opening one, to be told what is wrong.
  if (auto refused = net::refuse_opening(request)) return *std::move(refused);
  net::WebSockets::Place place = TRY(services.web_sockets->take_place());
  const std::shared_ptr<executor::Exec> exec = TRY(services.execs->start(wanted));
  return services.web_sockets->carry(std::move(place), request, streams_of(exec));
}

Result<net::Response> list(const ExecutorServices& services, const net::Request& request) {
  const core::TaskId task_id(param(request, "taskId"));
  TRY(services.loop.query([&](const core::HostTasks& tasks) -> Status {
    if (tasks.find(task_id) != nullptr) return Unit{};
    return Error{ErrorCode::NotFound, "Unknown task_id: " + task_id.value()};
  }));
  codec::JsonArray execs;
  for (const executor::Execs::Known& known : services.execs->list(task_id)) {
    execs.add_raw(codec::JsonObject()
                      .add_members(codec::encode_json(known.record))
                      .add("isRunning", known.is_running)
                      .text());
  }
  return json_answer(codec::JsonObject().add_raw("execs", execs.text()).text());
}

}  // namespace

std::vector<net::Route> host_exec_routes(const ExecutorServices& services) {
  const auto bind = [&](auto handler) {
    return [services, handler](const net::Request& request) { return handler(services, request); };
  };
  return {
      upgrade(make_route("GET", "/v1/tasks/{taskId}:exec", bind(open))),
      upgrade(make_route("POST", "/v1/tasks/{taskId}:exec", bind(open))),
      make_route("GET", "/v1/tasks/{taskId}/execs", bind(list)),
  };
}

}  // namespace aurora::api
