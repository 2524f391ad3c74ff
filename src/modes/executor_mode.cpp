// `aurora executor`: wires the host loop, its runners, the link to the scheduler and the HTTP server.
#include <csignal>
#include <cstdio>
#include <thread>

#include "aurora/api/executor_api.h"
#include "aurora/api/scheduler_link.h"
#include "aurora/api/usage_link.h"
#include "aurora/base/build_info.h"
#include "aurora/base/slewed_clock.h"
#include "aurora/executor/agent_id.h"
#include "aurora/executor/cluster_file.h"
#include "aurora/executor/collector.h"
#include "aurora/executor/health_checker.h"
#include "aurora/executor/limit_watcher.h"
#include "aurora/executor/posix_runner_host.h"
#include "aurora/os/files.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "modes/executor_options.h"
#include "modes/mode.h"

namespace aurora {
namespace {

const std::vector<int> kStopSignals = {SIGTERM, SIGINT, SIGHUP};

std::string url_of(const ExecutorOptions& options, int port) {
  if (!options.advertised_url.empty()) return options.advertised_url;
  const std::string& name = options.access.ip == "0.0.0.0" || options.access.ip == "::" ? options.hostname : options.access.ip;
  return "http://" + name + ":" + std::to_string(port);
}

core::Host make_host(const ExecutorOptions& options, const core::ResourceTotals& capacity,
                     const std::string& agent_id, int port) {
  core::Host host;
  host.id = core::HostId(options.hostname);
  host.agent_id = agent_id;
  host.executor_url = url_of(options, port);
  host.attributes = options.attributes;
  host.attributes["host"] = {options.hostname};
  host.port_ranges = options.offer.ports;
  host.capacity = capacity;
  return host;
}

core::HostTiming timing_of(const ExecutorOptions& options) {
  core::HostTiming timing;
  timing.stop_timeout = seconds(options.stop_timeout_secs);
  return timing;
}

// "roles", or the one user who stands in for all.
std::string who_runs_tasks(const ExecutorOptions& options) {
  if (!os::is_root() || !options.switches_user) return os::current_user().name;
  return options.run_as.empty() ? "roles" : options.run_as;
}

std::string describe(const ExecutorOptions& options, const core::Host& host) {
  char cpus[32];
  std::snprintf(cpus, sizeof cpus, "%g", host.capacity.cpus);
  return "aurora " + std::string(build_info().version) + ": host " + options.hostname + " at " +
         host.executor_url + " offers " + cpus + " cores, " + std::to_string(host.capacity.ram_mb) +
         " MB of memory, " + std::to_string(host.capacity.disk_mb) + " MB of disk" +
         (host.capacity.gpus > 0 ? ", " + std::to_string(host.capacity.gpus) + " GPUs" : "") + "; " +
         (os::is_root()
              ? "tasks run as " +
                    (who_runs_tasks(options) == "roles" ? "the user of their role" : who_runs_tasks(options))
              : "not started by root: " + os::current_user().name + " is the only role that can run");
}

// The port is known only once the server listens, the routes are needed before: handlers are given when all
// is wired.
class Executor {
 public:
  struct Identity {
    std::string agent_id;
    std::string cluster_id;  // empty: no cluster has accepted this host yet
  };
  Executor(const ExecutorOptions& options, executor::HostOffer offer, std::string secret,
           const Identity& identity, std::shared_ptr<const executor::Confiner> confiner,
           std::shared_ptr<executor::ImageStore> images, std::unique_ptr<executor::RunnerHost> runners,
           std::unique_ptr<executor::HostJournal> journal)
      : options_(options),
        secret_(std::move(secret)),
        offer_(std::move(offer)),
        host_(make_host(options, offer_.capacity, identity.agent_id, options.http_port)),
        work_{options.work_dir, options.state_dir, identity.agent_id},
        confiner_(std::move(confiner)),
        images_(std::move(images)),
        runners_(std::move(runners)),
        journal_(std::move(journal)),
        http_(net::make_http_client()),
        link_({.scheduler_url = options.scheduler_url, .secret = secret_}, *http_),
        health_({.work = work_, .shell_checks_switch_user = !options.health_checks_keep_user}, clock_),
        loop_(core::HostTasks(host_, Rng::from_entropy().uuid(), timing_of(options), identity.cluster_id,
                              options.offer.gpus),
              *runners_, *journal_, link_, clock_, counters_),
        view_(loop_, health_.records(), work_, clock_),
        log_times_(work_, clock_),
        execs_(work_, clock_, counters_) {}

  Status run() {
    loop_.on_join([this](const std::string& id) { return executor::write_cluster_id(options_.state_dir, id); });
    loop_.set_health_watch(health_);
    TRY(loop_.start());
    net::ServerConfig server_config;
    server_config.address = options_.access.ip;
    server_config.port = options_.http_port;
    server_config.threads += api::kLogFollowersMax;
    server_config.host_names = own_names(options_.access, options_.hostname, options_.advertised_url);
    net::Server server(server_config, api::executor_routes(services()), &counters_);
    TRY(server.start());
    link_.start([this](core::ReportAnswered answer) { loop_.submit(std::move(answer)); });
    health_.start([this](core::HostEvent event) { loop_.submit(std::move(event)); });
    std::thread rounds([this] { loop_.run(); });
    const executor::LimitWatcher limits(loop_, work_, view_.disk(), view_.usage_history(), clock_);
    const auto usage = std::make_unique<api::UsageLink>(services(), *http_);
    const executor::Collector collector(loop_, work_, options_.collection, clock_, images_);
    log_info("executor", describe(options_, host_));
    const std::optional<int> signal_number = os::wait_for_signal(kStopSignals, std::nullopt);
    log_info("executor",
             "signal " + std::to_string(signal_number.value_or(0)) + ": stopping; tasks keep running");
    web_sockets_.stop();
    execs_.stop();
    log_times_.let_go();  // who follows a log holds a thread of the server
    server.stop();
    loop_.stop();
    rounds.join();
    health_.stop();
    link_.stop();
    return aurora::Unit{};
  }

 private:
  api::ExecutorServices services() {
    return {.loop = loop_,
            .view = view_,
            .log_times = log_times_,
            .counters = counters_,
            .clock = clock_,
            .hostname = options_.hostname,
            .agent_id = host_.agent_id,
            .scheduler_url = options_.scheduler_url,
            .runs_tasks_as = who_runs_tasks(options_),
            .isolation = confiner_->measures(),
            .resources = offer_.amounts,
            .secret = secret_,
            .guards_pages = options_.guards_pages || !is_loopback(options_.access.ip),
            .started_at = clock_.now(),
            .execs = &execs_,
            .web_sockets = &web_sockets_,
            .scheduler_trouble = [this] { return link_.trouble(); }};
  }

  const ExecutorOptions& options_;
  const std::string secret_;
  const executor::HostOffer offer_;
  const core::Host host_;
  const executor::WorkFolder work_;
  const SystemClock wall_clock_;
  SlewedClock clock_{wall_clock_};
  Counters counters_;
  const std::shared_ptr<const executor::Confiner> confiner_;
  const std::shared_ptr<executor::ImageStore> images_;
  std::unique_ptr<executor::RunnerHost> runners_;
  std::unique_ptr<executor::HostJournal> journal_;
  std::unique_ptr<net::HttpClient> http_;
  api::SchedulerLink link_;
  executor::HealthChecker health_;
  executor::HostLoop loop_;
  executor::HostView view_;
  executor::LogTimes log_times_;
  executor::Execs execs_;
  net::WebSockets web_sockets_;
};

Status run_executor(const ExecutorOptions& options) {
  std::string secret = TRY(read_secret(options.access));
  TRY(os::make_folders(options.work_dir));
  TRY(os::make_folders(options.state_dir, 0700));
  const bool holds_sandboxes = (options.work_dir + "/").starts_with(options.state_dir + "/");
  if (!holds_sandboxes) TRY(os::make_private(options.state_dir));
  os::adopt_orphans();  // what runners leave when they and their parent die
  // First, because it is also the lock of the folder.
  auto journal = TRY(executor::open_host_journal(options.state_dir + "/journal", SystemClock().now()));
  auto agent_id = TRY(executor::open_agent_id(options.state_dir, options.work_dir));
  auto cluster_id = TRY(executor::read_cluster_id(options.state_dir));
  const Executor::Identity identity{std::move(agent_id), std::move(cluster_id)};
  executor::HostOffer offer =
      TRY(executor::make_offer(options.offer, executor::measure_machine(options.work_dir)));
  executor::ConfinementPolicy confinement = options.confinement;
  confinement.gpus = options.offer.gpus;
  const auto confiner = std::make_shared<const executor::Confiner>(executor::Confiner::open(
      std::move(confinement), identity.agent_id, offer.capacity.cpus, options.work_dir));
  static const SystemClock clock;
  const auto images =
      std::make_shared<executor::ImageStore>(options.images, options.state_dir, os::own_program(), clock);
  os::Fd ended_children = TRY(os::open_signals({SIGCHLD}));
  auto runners =
      TRY(executor::make_posix_runner_host({.work = {options.work_dir, options.state_dir, identity.agent_id},
                                            .hostname = options.hostname,
                                            .search_path = options.task_path,
                                            .runner_program = os::own_program(),
                                            .confiner = confiner,
                                            .containers = std::make_shared<const executor::ContainerPreparer>(
                                                options.containers, images),
                                            .run_as = options.run_as,
                                            .switches_user = options.switches_user,
                                            .preserves_environment = options.preserves_environment,
                                            .log = options.log_policy},
                                           std::move(ended_children)));
  return Executor(options, std::move(offer), std::move(secret), identity, confiner, images,
                  std::move(runners), std::move(journal))
      .run();
}

}  // namespace

int executor_main(int argc, char** argv) {
  const ParsedExecutorOptions parsed = parse_executor_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  apply(parsed.options->log);
  os::set_umask(os::Umask::Shared);
  os::block_signals({SIGTERM, SIGINT, SIGHUP, SIGCHLD});
  os::raise_file_limit();
  const Status status = run_executor(*parsed.options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "aurora executor: %s\n", status.error().message.c_str());
  return 1;
}

}  // namespace aurora
