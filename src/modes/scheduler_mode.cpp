// `aurora scheduler`: wires store, engine, the link to the executors and the HTTP server, and waits to be
// stopped.
#include <csignal>
#include <cstdio>
#include <thread>

#include "aurora/api/coordinator_link.h"
#include "aurora/api/executor_link.h"
#include "aurora/api/scheduler_api.h"
#include "aurora/api/webhook.h"
#include "aurora/base/build_info.h"
#include "aurora/base/slewed_clock.h"
#include "aurora/os/files.h"
#include "aurora/os/huge_pages.h"
#include "aurora/os/poller.h"
#include "aurora/os/processes.h"
#include "aurora/scheduler/local_round_log.h"
#include "aurora/scheduler/recovery.h"
#include "aurora/store/upkeep.h"
#include "modes/mode.h"
#include "modes/process_vars.h"
#include "modes/scheduler_options.h"

namespace aurora {
namespace {

const std::vector<int> kStopSignals = {SIGTERM, SIGINT, SIGHUP};
constexpr Duration kTwoBeats = seconds(10);  // who is well has reported in it
// After a start the hosts are heard before anything is placed, in case somebody has put an older copy of the
// database into the folder.
constexpr Duration kListenFor = kTwoBeats;
constexpr size_t kKeptConnectionsMax = 1024;  // to executors: where launches and kills follow one another

constexpr size_t kPassedOnMax = 256;  // commands in sandboxes, of all hosts together

// A backup was committed as the state of the next start: whoever supervises this process starts it again, also one that
// would not after an exit status of 0.
constexpr int kStartAgain = 75;  // EX_TEMPFAIL

void stop_in_good_order() { os::send_signal(os::own_pid(), SIGTERM); }

api::SchedulerServices make_services(const SchedulerOptions& options, scheduler::Engine& engine,
                                     Counters& counters, const Clock& clock, std::string secret) {
  return {.engine = engine,
          .counters = counters,
          .clock = clock,
          .cluster_name = options.cluster_name,
          .scheduler_host = options.hostname,
          .stats_url_prefix = options.stats_url_prefix,
          .started_at = clock.now(),
          .secret = std::move(secret),
          .process_vars = make_process_vars(),
          .on_quit = stop_in_good_order};
}

net::ServerConfig server_config(const SchedulerOptions& options) {
  net::ServerConfig config;
  config.address = options.access.ip;
  config.port = options.http_port;
  config.host_names = own_names(options.access, options.hostname, "");
  return config;
}

bool is_silent(const core::Cluster& cluster, const core::HostId& host, Instant now) {
  const core::HostSession* session = cluster.find_session(host);
  return session == nullptr || now - session->last_seen > kTwoBeats;
}

api::ExecutorLink::Callbacks link_callbacks(scheduler::Engine& engine, const Clock& clock) {
  // Where a host is reached is told to nobody, so it need not be durable; a launch that is found is.
  const auto find_target = [&engine, &clock](const core::HostId& id,
                                             const std::vector<core::Effect>& effects) {
    return engine
        .look([&](const core::Cluster& cluster) -> std::optional<api::ExecutorLink::Target> {
          const core::Host* host = cluster.find_host(id);
          if (host == nullptr) return std::nullopt;
          api::ExecutorLink::Target target{host->executor_url, {}, is_silent(cluster, id, clock.now())};
          for (const core::Effect& effect : effects) {
            const auto* launch = std::get_if<core::LaunchTask>(&effect);
            const core::Task* task = launch == nullptr ? nullptr : core::find_launched(cluster, *launch);
            if (task != nullptr) target.tasks.push_back(*task);
          }
          return target;
        })
        .value;
  };
  const auto on_refused_launch = [&engine](const core::TaskId& id) {
    engine.submit_async(core::ChangeTask{.task_id = id,
                                         .expected = core::TaskStatus::Assigned,
                                         .expected_since = {},
                                         .to = core::TaskStatus::Lost,
                                         .message = "Unknown exception attempting to schedule task."},
                        nullptr);
  };
  return {find_target, on_refused_launch};
}

api::CoordinatorLink::Callbacks coordinator_callbacks(scheduler::Engine& engine) {
  const auto find_task = [&engine](const core::AskCoordinator& question) {
    return engine
        .look([&](const core::Cluster& cluster) -> std::optional<api::CoordinatorLink::Subject> {
          const core::Task* task = cluster.find_task(question.task_id);
          if (task == nullptr || task->events.back().timestamp != question.since) return std::nullopt;
          const core::Host* host = cluster.find_host(task->host);
          return api::CoordinatorLink::Subject{*task, host == nullptr ? "" : host->agent_id};
        })
        .value;
  };
  const auto answer = [&engine](core::CoordinatorAnswer said) { engine.submit_async(std::move(said), nullptr); };
  return {find_task, answer};
}

// RocksDB does not survive a disk that fills up while it opens a database: an assertion of its own ends the
// process.
constexpr int64_t kStartRoom = 16 << 20;

Result<std::unique_ptr<store::DurableStore>> open_store(const SchedulerOptions& options) {
  if (os::exists(options.data_dir)) TRY(os::check_room(options.data_dir, kStartRoom));
  auto store = TRY(store::open_rocks_store(
      options.data_dir, options.initialize ? store::IfMissing::Initialize : store::IfMissing::Refuse));
  log_info("scheduler", "the cluster in " + options.data_dir + " has the id " + store->cluster_id());
  if (store->may_be_old()) {
    log_warning("scheduler",
                "this database was restored from a copy, or a loss was accepted: nothing is placed for " +
                    std::to_string(options.settings.host_timeout.ms / 1000) +
                    " s, so that hosts are heard first. Tasks that it does not know are left running; "
                    "`aurora admin unknown_tasks " +
                    options.cluster_name + "` lists them");
  }
  return store;
}

// Made before the engine, which hands transitions to it. nullptr: there is none.
Result<std::unique_ptr<api::Webhook>> make_webhook(const SchedulerOptions& options, net::HttpClient& http,
                                                   const Clock& clock, Counters& counters) {
  if (options.webhook_file.empty()) return std::unique_ptr<api::Webhook>();
  const std::string text = TRY(os::read_file(options.webhook_file));
  auto config = TRY(api::parse_webhook_config(text, options.webhook_file));
  return std::make_unique<api::Webhook>(std::move(config), http, clock, counters);
}

// Until a stop signal, which are blocked in every thread and taken here. Returns the exit status.
Result<int> run_scheduler(const SchedulerOptions& options) {
  const std::string secret = TRY(read_secret(options.access));
  if (options.initialize) TRY(os::make_folders(options.data_dir, 0700));
  const SystemClock wall_clock;
  SlewedClock clock(wall_clock);
  Counters counters;
  const std::unique_ptr<store::DurableStore> store = TRY(open_store(options));
  const std::unique_ptr<net::HttpClient> http = net::make_http_client(kKeptConnectionsMax);
  api::ExecutorLink link({.secret = secret, .cluster_id = store->cluster_id()}, *http, clock, counters);
  api::CoordinatorLink coordinators({.cluster_name = options.cluster_name,
                                     .threads = options.settings.sla.max_parallel_coordinated_maintenance,
                                     .timeout = options.settings.sla.sla_coordinator_timeout},
                                    *http, counters);
  api::EffectRouter outbox(link, coordinators);
  core::SchedulerSettings settings = options.settings;
  settings.cluster_id = store->cluster_id();
  const bool may_be_old = store->may_be_old();
  const Duration listen_for = may_be_old ? settings.host_timeout : kListenFor;
  const std::unique_ptr<api::Webhook> webhook = TRY(make_webhook(options, *http, wall_clock, counters));
  std::unique_ptr<scheduler::Recorder> recorder;
  if (!options.recording.folder.empty()) {
    TRY(os::make_folders(options.recording.folder, 0700));
    recorder = std::make_unique<scheduler::Recorder>(options.recording, counters);
  }
  scheduler::LocalRoundLog log(*store, counters);
  scheduler::Engine engine({.scheduler_host = options.hostname,
                            .settings = settings,
                            .listen_for = listen_for,
                            .store_may_be_old = may_be_old,
                            .events_max = static_cast<size_t>(options.events_max),
                            .transitions = webhook.get(),
                            .recorder = recorder.get()},
                           *store, log, clock.attendant(), Rng::from_entropy(), outbox, counters);
  TRY(engine.start());
  TRY(os::make_private(options.data_dir));  // only now: a folder without a database is somebody else's
  api::SchedulerServices services = make_services(options, engine, counters, clock, secret);
  services.fetch_launched = [&](const std::string& url, const core::TaskId& id) {
    return link.fetch_launched(url, id);
  };
  net::WebSockets web_sockets({.sessions_max = kPassedOnMax});
  services.web_sockets = &web_sockets;
  net::Forwards forwards;
  services.forwards = &forwards;
  net::Followers followers(options.followers, "event_followers", counters);
  services.followers = &followers;
  engine.events().on_more([&followers] { followers.wake(); });
  store::Upkeep upkeep(*store, options.backups, listen_for, counters);
  const auto make_backup = [&](auto done) { upkeep.make_backup(std::move(done)); };
  scheduler::Recovery recovery({options.data_dir, options.backups, make_backup, stop_in_good_order}, engine, clock);
  services.recovery = &recovery;
  scheduler::Statistics statistics(options.statistics, engine, clock);
  services.statistics = &statistics;
  api::TimeSeries series(static_cast<size_t>(options.sampling.retention.ms / options.sampling.interval.ms));
  services.series = &series;
  net::Server server(server_config(options), api::scheduler_routes(services), &counters);
  TRY(server.start());
  link.start(link_callbacks(engine, clock));
  coordinators.start(coordinator_callbacks(engine));
  const scheduler::ReconciliationClock reconciliation(options.reconciliation, [&engine](core::Reconcile::Kind kind) {
    engine.submit_async(core::Reconcile{kind}, nullptr);
  });
  statistics.start();
  std::optional<api::Sampler> sampler(std::in_place, services, wall_clock, options.sampling.interval);
  log_info("scheduler", "aurora " + std::string(build_info().version) + ": cluster " + options.cluster_name +
                            " at http://" + options.access.ip + ":" + std::to_string(server.port()) +
                            ", data in " + options.data_dir +
                            (secret.empty() ? ", no secret is asked for" : ""));
  std::thread stopping([&] {
    const std::optional<int> signal_number = os::wait_for_signal(kStopSignals, std::nullopt);
    log_info("scheduler",
             "signal " + std::to_string(signal_number.value_or(0)) + ": stopping; tasks keep running");
    web_sockets.stop();
    forwards.stop();  // a host that hangs keeps nobody
    followers.stop();
    server.stop();
    engine.stop();
  });
  // On the first thread, which has loaded the tables: only its part of the heap is in huge pages.
  engine.run();
  stopping.join();
  engine.events().on_more(nullptr);
  sampler.reset();
  statistics.stop();
  coordinators.stop();
  link.stop();
  if (webhook) webhook->stop();
  if (!recovery.is_committed()) return 0;
  log_warning("scheduler", "ends with exit status " + std::to_string(kStartAgain) +
                               ": the backup that was committed is loaded by the next start");
  return kStartAgain;
}

}  // namespace

int scheduler_main(int argc, char** argv) {
  const ParsedSchedulerOptions parsed = parse_scheduler_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  os::use_huge_pages();
  apply(parsed.options->log);
  os::set_umask(os::Umask::Private);
  os::block_signals(kStopSignals);
  os::raise_file_limit();
  const Result<int> ended = run_scheduler(*parsed.options);
  if (ended.ok()) return *ended;
  std::fprintf(stderr, "aurora scheduler: %s\n", ended.error().message.c_str());
  return 1;
}

}  // namespace aurora
