// Logs of tasks for pages and whoever else reaches the scheduler alone: it finds the host's executor and passes question
// and answer on, unread (many_logs_route.cpp). What the executor asks of its readers, a secret above all, it asks of
// these: the scheduler adds nothing of its own.
#include "api/host_logs_routes.h"

#include "api/access.h"
#include "api/handler.h"

namespace aurora::api {
namespace {

constexpr size_t kQuestionBytesMax = 2u << 20;   // as the executor's
constexpr size_t kAnswerBytesMax = 8u << 20;
constexpr Duration kAnswerMax = seconds(8);  // of a host that is busy; one that waits for news says so in its answer

struct Whereabouts {
  bool is_known = false;
  std::string executor_url = {};
};

// Where a host is is told to nobody, so it need not be durable.
Result<std::string> find_executor(const SchedulerServices& services, const core::HostId& id) {
  const Whereabouts found = services.engine.look([&](const core::Cluster& cluster) -> Whereabouts {
    const core::Host* host = cluster.find_host(id);
    return host == nullptr ? Whereabouts{} : Whereabouts{true, host->executor_url};
  }).value;
  if (!found.is_known) return Error{ErrorCode::NotFound, "There is no host " + id.value() + "; `aurora host list` shows those that there are"};
  if (!found.executor_url.empty()) return found.executor_url;
  return Error{ErrorCode::Unavailable, "It is not known how to reach " + id.value() + "; its executor has to register first"};
}

Result<net::Response> read_logs(const SchedulerServices& services, const net::Request& request) {
  TRY(check_query(request, {}));
  net::ForwardedRequest question{.method = "POST", .body = request.body, .answer_timeout = kAnswerMax, .answer_bytes_max = kAnswerBytesMax};
  question.url = TRY(find_executor(services, core::HostId(param(request, "host")))) + "/v1/logs:read";
  question.headers.emplace("Content-Type", "application/json");
  const auto secret = request.headers.find("authorization");
  if (secret != request.headers.end()) question.headers.emplace("Authorization", secret->second);
  return services.forwards->forward(question);
}

}  // namespace

std::vector<net::Route> host_logs_routes(const SchedulerServices& services) {
  return {with_body(make_route("POST", "/v1/hosts/{host}/logs:read",
                               [services](const net::Request& request) { return read_logs(services, request); }),
                    kQuestionBytesMax)};
}

}  // namespace aurora::api
