"""The rows: what is done to a cluster, and the figures that come of it.

A stage is one cluster's life; its rows share it. Each figure is (row, name, value); names and units are in FIGURES.
"""
import resource
import time

from . import daemons
from .daemons import Cluster

FIGURES = {  # name: (unit, which way is better, what is wanted at the sizes of the README)
    "appends": ("/s", "+", ""),
    "fork_execs": ("/s", "+", ""),
    "placements": ("/s", "+", "60,000"),
    "place_cpu": ("us/task", "-", ""),
    "submit_1": ("tasks/s", "+", "10,000"),
    "submit_1_cpu": ("us/task", "-", ""),
    "submit_16": ("tasks/s", "+", "40,000"),
    "submit_16_cpu": ("us/task", "-", ""),
    "fill": ("s", "-", "2"),
    "fill_cpu": ("us/task", "-", ""),
    "fill_rss": ("MB", "-", "120"),
    "create_1": ("/s", "+", ""),
    "create_16": ("/s", "+", ""),
    "create_64": ("/s", "+", "15,000"),
    "create_64_cpu": ("us each", "-", ""),
    "create_64_p99": ("ms", "-", ""),
    "running": ("tasks/s", "+", "15,000"),
    "running_cpu": ("us/task", "-", ""),
    "running_farm_cpu": ("us/task", "-", ""),
    "report_p50": ("ms", "-", ""),
    "report_p99": ("ms", "-", "200"),
    "report_max": ("ms", "-", ""),
    "reports_per_task": ("", "-", ""),
    "overflows": ("", "-", "0"),
    "report_refusals": ("", "-", "0"),
    "report_errors": ("", "-", "0"),
    "rss": ("MB", "-", ""),
    "rss_per_task": ("bytes", "-", "1,024"),
    "steady_cpu": ("% of a core", "-", "2"),
    "steady_farm_cpu": ("% of a core", "-", ""),
    "steady_reports": ("/s", "+", ""),
    "steady_p50": ("ms", "-", ""),
    "steady_p99": ("ms", "-", ""),
    "read_p50": ("ms", "-", "0.1"),
    "read_p99": ("ms", "-", ""),
    "read_busy_p50": ("ms", "-", ""),
    "read_busy_p99": ("ms", "-", "0.5"),
    "read_busy_writes": ("/s", "+", ""),
    "slow_none_p50": ("ms", "-", ""),
    "slow_none_p99": ("ms", "-", ""),
    "slow_p50": ("ms", "-", ""),
    "slow_p99": ("ms", "-", ""),
    "slow_cpu": ("% of a core", "-", ""),
    "page_100": ("ms", "-", "1"),
    "page_1000": ("ms", "-", "5"),
    "page_1000_middle": ("ms", "-", "5"),
    "jobs": ("ms", "-", "1"),
    "roles": ("ms", "-", "1"),
    "vars": ("ms", "-", "1"),
    "failing_cpu": ("us each", "-", "50"),
    "restart": ("s", "-", "0.8"),
    "restart_cpu": ("s", "-", ""),
    "restart_all_hosts": ("s", "-", ""),
    "restart_rss": ("MB", "-", ""),
    "restart_rss_ratio": ("of before", "-", "1"),
    "restart_lost": ("tasks", "-", "0"),
}

ROWS = {  # row: (stage, its sentence for --help)
    "reference": ("reference", "synced appends and fork-and-exec on this machine, without us"),
    "place": ("place", "10 jobs, 10,000 tasks: placements committed"),
    "submit": ("submit", "1,000 jobs of 10 tasks from 1 and from 16 submitters"),
    "fill": ("fill", "all tasks on all hosts: time, CPU and memory until placed"),
    "create": ("create", "acknowledged job creations over HTTP by 1, 16 and 64 clients"),
    "running": ("live", "all tasks to RUNNING: rate, reports, accept queue overflows"),
    "memory": ("live", "resident memory of the scheduler with all tasks RUNNING"),
    "steady": ("live", "CPU of the scheduler while all run and report every 5 s"),
    "read": ("live", "reading one job, idle and while jobs are created"),
    "slow": ("live", "reading one job, without and with 400 connections that trickle and 10,000 that are idle"),
    "pages": ("live", "pages of 100 and 1,000 of all tasks"),
    "lists": ("live", "/v1/jobs, /v1/roles and /vars"),
    "failing": ("live", "CPU of one failing task, with groups that fit nowhere waiting"),
    "restart": ("live", "a new scheduler on the same store: first answer, memory, all hosts back"),
}

MB = 1 << 20
WRITTEN_PER_HOST = 100
ROLES_MAX = 3000  # that any row uses


def stage_reference(run):
  figures = run.reference()
  yield "reference", "appends", figures["synced_appends_per_second"]
  yield "reference", "fork_execs", figures["fork_exec_per_second"]


def placed_seconds(cluster, count):
  """Between the first PENDING and the last ASSIGNED, as the scheduler wrote them down."""
  first, last, offset = None, 0, 0
  while offset < count:
    tasks = cluster.scheduler.get("/v1/tasks?configs=byHash&status=ASSIGNED&limit=1000&offset=%d" % offset)["tasks"]
    if not tasks:
      break
    offset += len(tasks)
    for task in tasks:
      moments = {event["status"]: event["timestamp"] for event in task["taskEvents"]}
      first = min(first or moments["PENDING"], moments["PENDING"])
      last = max(last, moments["ASSIGNED"])
  return max(last - first, 1) / 1000


def place(cluster, count, *creation):
  """Creates jobs while no executor answers; (seconds, CPU seconds) until all their tasks have hosts."""
  cluster.farm.pause()
  cpu, begin = cluster.scheduler.cpu_seconds(), time.monotonic()
  load = cluster.load("create", *creation)
  cluster.wait("tasks placed", count, lambda: cluster.scheduler.counts().get("ASSIGNED", 0), 0.02)
  seconds = time.monotonic() - begin
  used = cluster.scheduler.cpu_seconds() - cpu
  load.finish()
  return seconds, used


def stage_place(run):
  instances = max(1, min(1000, run.tasks // 10))
  count = 10 * instances
  with run.cluster(count) as cluster:
    _, cpu = place(cluster, count, "--count", "10", "--instances", str(instances))
    yield "place", "placements", count / placed_seconds(cluster, count)
    yield "place", "place_cpu", 1e6 * cpu / count


def stage_submit(run):
  jobs = max(1, min(1000, run.tasks // 10))
  for clients in (1, 16):
    with run.cluster(10 * jobs) as cluster:
      _, cpu = place(cluster, 10 * jobs, "--count", str(jobs), "--instances", "10", "--clients", str(clients))
      yield "submit", "submit_%d" % clients, 10 * jobs / placed_seconds(cluster, 10 * jobs)
      yield "submit", "submit_%d_cpu" % clients, 1e6 * cpu / (10 * jobs)


def stage_fill(run):
  instances = min(1000, run.tasks)
  jobs = run.tasks // instances
  with run.cluster(run.tasks) as cluster:
    seconds, cpu = place(cluster, jobs * instances, "--count", str(jobs), "--instances", str(instances), "--clients", "4")
    yield "fill", "fill", seconds
    yield "fill", "fill_cpu", 1e6 * cpu / (jobs * instances)
    yield "fill", "fill_rss", cluster.scheduler.rss_bytes() / MB


def stage_create(run):
  with run.cluster(1000 * run.hosts) as cluster:
    cluster.farm.pause()
    for clients in (1, 16, 64):
      cpu = cluster.scheduler.cpu_seconds()
      load = cluster.run("create", "--count", "0", "--seconds", str(run.create_seconds), "--clients", str(clients),
                         "--prefix", "by-%d" % clients, "--roles", "100")
      yield "create", "create_%d" % clients, load["per_second"]
      if clients == 64:
        yield "create", "create_64_cpu", 1e6 * (cluster.scheduler.cpu_seconds() - cpu) / max(1, load["answered"])
        yield "create", "create_64_p99", load["p99_ms"]


# --- One cluster whose tasks run.

def stage_live(run):
  big, small = divide(run.tasks)
  with run.cluster(run.tasks) as cluster:
    yield from bring_to_running(run, cluster, big, small)
    time.sleep(run.settle_seconds)
    rss = cluster.scheduler.rss_bytes()
    if run.wants("memory"):
      yield "memory", "rss", rss / MB
      yield "memory", "rss_per_task", rss / run.tasks
    if run.wants("steady"):
      yield from steady(run, cluster)
    if run.wants("pages"):
      yield from pages(run, cluster)
    if run.wants("lists"):
      yield from lists(cluster)
    if run.wants("failing"):
      yield from failing(run, cluster)
    if run.wants("restart"):
      yield from restart(run, cluster, rss)
    if run.wants("slow"):
      yield from slow(run, cluster)
    if run.wants("read"):  # last: it makes more tasks
      yield from read(run, cluster)


def divide(tasks):
  """Jobs of up to 1,000 tasks for one half of them, jobs of 20 for the other: ((jobs, instances), (jobs, instances))."""
  instances = max(1, min(1000, tasks // 2))
  big = tasks // 2 // instances
  small = max(1, (tasks - big * instances) // 20)
  return (big, instances), (small, (tasks - big * instances) // small)


def bring_to_running(run, cluster, big, small):
  count = big[0] * big[1] + small[0] * small[1]
  scheduler, farm = cluster.scheduler, cluster.farm
  farm.order("reset")
  overflows, cpu, begin = daemons.listen_overflows(), scheduler.cpu_seconds(), time.monotonic()
  loads = [cluster.load("create", "--prefix", prefix, "--count", str(jobs), "--instances", str(instances), "--roles", str(jobs),
                        "--clients", "4") for prefix, (jobs, instances) in (("big", big), ("small", small))]
  cluster.wait("tasks RUNNING", count, lambda: scheduler.counts().get("RUNNING", 0), 0.02 if count < 10000 else 0.2)
  seconds = time.monotonic() - begin
  for load in loads:
    load.finish()
  figures = farm.figures()
  reports = figures["reports"]
  if not run.wants("running"):
    return
  run.note("the farm", figures)
  yield "running", "running", count / seconds
  yield "running", "running_cpu", 1e6 * (scheduler.cpu_seconds() - cpu) / count
  yield "running", "running_farm_cpu", 1e6 * figures["cpu_seconds"] / count
  yield "running", "report_p50", reports["p50_ms"]
  yield "running", "report_p99", reports["p99_ms"]
  yield "running", "report_max", reports["max_ms"]
  yield "running", "reports_per_task", reports["count"] / count
  yield "running", "overflows", max(0, daemons.listen_overflows() - overflows - figures["connections"]["listen_drops"])
  yield "running", "report_refusals", sum(number for answer, number in reports["answers"].items() if answer.isdigit())
  yield "running", "report_errors", sum(figures["connections"]["errors"].values())


def cpu_share(scheduler, seconds):
  """The CPU seconds that it uses in a second."""
  cpu, begin = scheduler.cpu_seconds(), time.monotonic()
  time.sleep(seconds)
  return (scheduler.cpu_seconds() - cpu) / (time.monotonic() - begin)


def steady(run, cluster):
  cluster.farm.order("reset")
  used = cpu_share(cluster.scheduler, run.steady_seconds)
  figures = cluster.farm.figures()
  yield "steady", "steady_cpu", 100 * used
  yield "steady", "steady_farm_cpu", 100 * figures["cpu_seconds"] / figures["seconds"]
  yield "steady", "steady_reports", figures["reports"]["per_second"]
  yield "steady", "steady_p50", figures["reports"]["p50_ms"]
  yield "steady", "steady_p99", figures["reports"]["p99_ms"]


def read(run, cluster):
  get = ["get", "--path", "/v1/jobs/role-0/prod/small-0"]
  idle = cluster.run(*get, "--count", "2000", "--seconds", "10")
  seconds = str(run.create_seconds)
  writes = cluster.load("create", "--prefix", "written", "--count", str(WRITTEN_PER_HOST * run.hosts), "--seconds", seconds, "--instances", "1", "--clients",
                        "16", "--pause", "0.002", "--roles", "100", "--cpus", "0.001")
  busy = cluster.run(*get, "--count", "0", "--seconds", seconds)
  yield "read", "read_p50", idle["p50_ms"]
  yield "read", "read_p99", idle["p99_ms"]
  yield "read", "read_busy_p50", busy["p50_ms"]
  yield "read", "read_busy_p99", busy["p99_ms"]
  yield "read", "read_busy_writes", writes.finish()["per_second"]


def slow(run, cluster):
  get = ["get", "--path", "/v1/jobs/role-0/prod/small-0", "--pause", "0.002", "--count", "0", "--seconds", str(run.create_seconds)]
  alone = cluster.run(*get)
  most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
  idle = min(10000, most // 2 - 400 - run.hosts - 100)  # the scheduler takes half of its descriptors for connections
  with cluster.slow_clients("--idle", str(idle), "--trickling", "400"):
    cpu, begin = cluster.scheduler.cpu_seconds(), time.monotonic()
    beside = cluster.run(*get)
    used, took = cluster.scheduler.cpu_seconds() - cpu, time.monotonic() - begin
  yield "slow", "slow_none_p50", alone["p50_ms"]
  yield "slow", "slow_none_p99", alone["p99_ms"]
  yield "slow", "slow_p50", beside["p50_ms"]
  yield "slow", "slow_p99", beside["p99_ms"]
  yield "slow", "slow_cpu", 100 * used / took


def median_of_get(cluster, path, count=50):
  return cluster.run("get", "--path", path, "--count", str(count), "--seconds", "10")["p50_ms"]


def pages(run, cluster):
  yield "pages", "page_100", median_of_get(cluster, "/v1/tasks?limit=100")
  yield "pages", "page_1000", median_of_get(cluster, "/v1/tasks?limit=1000")
  yield "pages", "page_1000_middle", median_of_get(cluster, "/v1/tasks?limit=1000&offset=%d" % (run.tasks // 2))


def lists(cluster):
  yield "lists", "jobs", median_of_get(cluster, "/v1/jobs")
  yield "lists", "roles", median_of_get(cluster, "/v1/roles")
  yield "lists", "vars", median_of_get(cluster, "/vars")


def failing(run, cluster):
  """20 groups wait that fit nowhere; then tasks fail, one after the other, and run again."""
  cluster.run("create", "--prefix", "stuck", "--count", "20", "--instances", "10", "--roles", "20", "--cpus",
              str(cluster.farm.host_cpus))
  scheduler, farm = cluster.scheduler, cluster.farm
  count = max(1, min(1000, run.tasks // 10))
  within = max(1, count // 100)
  time.sleep(run.settle_seconds)  # the groups are tried again in growing intervals
  idle = cpu_share(scheduler, within + run.settle_seconds / 4)
  running = scheduler.counts().get("RUNNING", 0)
  farm.order("reset")
  farm.order("fail %d %d" % (count, 1000 * within))
  cpu, begin = scheduler.cpu_seconds(), time.monotonic()
  time.sleep(within)
  cluster.wait("failed tasks RUNNING again", running, lambda: scheduler.counts().get("RUNNING", 0), 0.2)
  used = scheduler.cpu_seconds() - cpu - idle * (time.monotonic() - begin)
  yield "failing", "failing_cpu", 1e6 * used / max(1, farm.figures()["tasks"]["failed_on_request"])


def restart(run, cluster, rss_before):
  scheduler = cluster.scheduler
  running = scheduler.counts().get("RUNNING", 0)
  scheduler.stop()
  begin = time.monotonic()
  scheduler.start()
  scheduler.wait_answers("/v1/jobs/role-0/prod/small-0")
  yield "restart", "restart", time.monotonic() - begin
  yield "restart", "restart_cpu", scheduler.cpu_seconds()
  cluster.wait("hosts back", cluster.hosts, lambda: int(scheduler.vars().get("outstanding_offers", 0)), 0.05)
  yield "restart", "restart_all_hosts", time.monotonic() - begin
  time.sleep(run.settle_seconds)
  yield "restart", "restart_rss", scheduler.rss_bytes() / MB
  yield "restart", "restart_rss_ratio", scheduler.rss_bytes() / rss_before
  yield "restart", "restart_lost", running - scheduler.counts().get("RUNNING", 0)


def share(cluster):
  """Every role has a quota and every job needs it, tasks wait for whose sake others would have to go, hosts are in maintenance."""
  scheduler = cluster.scheduler
  for number in range(ROLES_MAX):
    scheduler.send("/v1/roles/role-%d/quota" % number, {"cpus": 1e6, "ramMb": 1 << 30, "diskMb": 1 << 30}, "PUT")
  hosts = [host["host"] for host in scheduler.get("/v1/hosts?limit=1000")["hosts"]]
  scheduler.send("/v1/maintenance/start", {"hosts": hosts[::50]})
  scheduler.send("/v1/maintenance/drain", {"hosts": hosts[1::100], "policy": {"countSlaPolicy": {"count": 0, "durationSecs": 0}},
                                           "timeoutSecs": 86400})
  cluster.tier = "preferred"
  cluster.run("create", "--prefix", "waiting", "--count", "20", "--instances", "10", "--cpus", str(cluster.farm.host_cpus + 1))
  time.sleep(2)  # until they may have others go


STAGES = {"reference": stage_reference, "place": stage_place, "submit": stage_submit, "fill": stage_fill,
          "create": stage_create, "live": stage_live}


class Run:
  """One stage on one executable at one size."""

  def __init__(self, options, rows, binary, keep, hosts, tasks, say, note):
    self.options, self.rows, self.binary, self.keep = options, rows, binary, keep
    self.hosts, self.tasks, self.say, self.note = hosts, tasks, say, note
    is_small = hosts <= 100 and tasks <= 1000  # somebody wants to see that it works
    self.steady_seconds = options.steady_seconds or (1 if is_small else 20)
    self.create_seconds = options.create_seconds or (0.5 if is_small else 5)
    self.settle_seconds = 0.5 if is_small else 11  # two beats
    self.reference_seconds = 0.2 if is_small else 2

  def wants(self, row):
    return row in self.rows

  def cluster(self, tasks_max):
    flags = ["--preemption_delay=1secs"] if self.options.in_use else []
    cluster = Cluster(self.binary, self.options, self.hosts, tasks_max + WRITTEN_PER_HOST * self.hosts, self.keep, self.say, flags)
    if self.options.in_use:
      share(cluster)
    return cluster

  def reference(self):
    return daemons.Load([self.options.farm, "reference", "--folder", self.options.folder, "--seconds",
                         str(self.reference_seconds)]).finish()
