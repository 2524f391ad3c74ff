"""A cluster whose daemons are started, stopped, paused and killed one by one, and tasks that write down their own lives.

What attack and chaos need beyond the devcluster of harness.py. Nothing restarts a daemon here but the test.
"""
import atexit
import collections
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
from harness import HANG_SECONDS, ROLE, USER, http, processes, wait_for
from suite import interrupt_on_sigterm, mentions, sweep

LIFE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "life.py")

_open = []  # clusters


@atexit.register
def _close_all():
  for cluster in list(_open):
    cluster.close()


def help_of(mode):
  return subprocess.run([harness.AURORA, mode, "--help"], capture_output=True, text=True, timeout=HANG_SECONDS).stdout


def flags_of_first_start():
  """What says that an empty folder is meant to become a cluster, where the binary asks for it."""
  return ["--initialize"] if "--initialize" in help_of("scheduler") else []


class Daemon:
  """One process of ours and its log."""

  def __init__(self, name, words, log, env):
    self.name, self.words, self.log, self.env, self.process, self.program = name, words, log, env, None, harness.AURORA
    self.starter = []  # words of a program that executes ours

  def start(self, *more):
    with open(self.log, "a") as out:
      self.process = subprocess.Popen(self.starter + [self.program] + self.words + list(more), stdout=out, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, env=self.env, cwd="/", start_new_session=True)
    return self

  def is_alive(self):
    return self.process is not None and self.process.poll() is None

  def signal(self, number):
    self.process.send_signal(number)

  def pause(self):
    self.signal(signal.SIGSTOP)

  def resume(self):
    self.signal(signal.SIGCONT)

  def kill(self):
    if self.is_alive():
      self.signal(signal.SIGKILL)
      self.process.wait()

  def log_text(self):
    try:
      with open(self.log, errors="replace") as lines:
        return lines.read()
    except OSError:
      return ""

  def last_words(self, lines=3):
    return "\n".join(self.log_text().strip().splitlines()[-lines:])


class DaemonCluster(harness.Cluster):
  """One scheduler and some executors. `lives()` is what its tasks' processes wrote about themselves."""

  life_limit = 1500  # seconds
  offer = (32, 16)  # of each host: cores, GB of memory and of disk
  life_beat = None  # seconds; None: what life.py does by itself

  def __init__(self, executors=2, port=None, flags=(), executor_flags=()):
    super().__init__(executors=executors, port=port, flags=flags)
    interrupt_on_sigterm()
    _open.append(self)
    os.mkdir(self.dir)
    os.chmod(self.dir, 0o755)
    self.secret = os.urandom(16).hex()
    self.secret_file = os.path.join(self.dir, "secret")
    with open(os.open(self.secret_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
      out.write(self.secret + "\n")
    with open(os.path.join(self.dir, "clusters.json"), "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": self.url, "secret_file": self.secret_file}], out)
    self.records = os.path.join(self.folder, "records")
    open(self.records, "w").close()
    os.chmod(self.records, 0o666)
    self.life = os.path.join(self.folder, "life.py")
    shutil.copy(LIFE, self.life)
    os.chmod(self.life, 0o644)
    self.data_dir = os.path.join(self.dir, "scheduler")
    self.scheduler = self.scheduler_on(self.data_dir)
    self.hosts = [self.host(number, list(executor_flags)) for number in range(executors)]

  def scheduler_on(self, data_dir, name="scheduler", port=None, secret_file=None):
    words = ["scheduler", "--cluster_name=devcluster", "--ip=127.0.0.1", "--http_port=%d" % (port or self.port),
             "--hostname=127.0.0.1", "--data_dir=" + data_dir, "--secret_file=" + (secret_file or self.secret_file)]
    return Daemon(name, words + [flag for flag in self.flags if not flag.startswith("--executor-")], os.path.join(self.folder, name + ".log"), self.env)

  def host(self, number, flags):
    work = os.path.join(self.dir, "host%d" % (number + 1))
    words = ["executor", "--scheduler_url=" + self.url, "--ip=127.0.0.1", "--http_port=%d" % (self.port + 1 + number),
             "--hostname=" + self.host_name(number), "--attributes=rack:" + "abcdefgh"[number % 8], "--work_dir=" + work,
             "--ports=%d-%d" % (31000 + 200 * number, 31199 + 200 * number), "--secret_file=" + self.secret_file,
             "--cpus=%d" % self.offer[0], "--ram=%dGB" % self.offer[1], "--disk=%dGB" % self.offer[1], "--private_tmp=false"]
    return Daemon(self.host_name(number), words + flags, os.path.join(self.folder, "host%d.log" % (number + 1)), self.env)

  @staticmethod
  def host_name(number):
    return "attacked-%d" % (number + 1)

  def work_dir(self, number):
    return os.path.join(self.dir, "host%d" % (number + 1))

  def state_dir(self, number):
    return os.path.join(self.work_dir(number), "executor")

  def daemons(self):
    return [self.scheduler] + self.hosts

  def start(self, *more):
    first = [] if os.path.exists(self.data_dir) else flags_of_first_start()
    self.scheduler.start(*first, *more)
    for host in self.hosts:
      host.start()
    self.wait_ready()
    return self

  def wait_ready(self, seconds=HANG_SECONDS):
    def is_ready():
      for daemon in self.daemons():
        if not daemon.is_alive():
          raise AssertionError("%s ended: %s" % (daemon.name, daemon.last_words()))
      return len(self.connected_hosts()) == self.executors
    try:
      wait_for("the cluster is ready", is_ready, seconds)
    except AssertionError as error:
      raise AssertionError("%s\n%s" % (error, self.all_last_words(20)))

  def all_last_words(self, lines):
    return "\n".join("--- %s, pid %s:\n%s" % (daemon.name, daemon.process and daemon.process.pid, daemon.last_words(lines))
                     for daemon in self.daemons())

  def wait_served(self, daemon, port=None):
    """Until a scheduler serves on the port; at once an error when it has ended."""
    def serves():
      if not daemon.is_alive():
        raise AssertionError("%s ended: %s" % (daemon.name, daemon.last_words()))
      return http("http://127.0.0.1:%d/leaderhealth" % (port or self.port)).status == 200
    wait_for(daemon.name + " serves", serves, HANG_SECONDS)

  def connected_hosts(self):
    return [host["host"] for host in self.get("/v1/hosts")["hosts"] if host["isConnected"]]

  def log_text(self):
    return "\n".join(daemon.log_text() for daemon in self.daemons())

  def close(self):
    if self in _open:
      _open.remove(self)
    for daemon in self.daemons():
      daemon.kill()
    sweep(self.folder)
    if not os.environ.get("AURORA_E2E_KEEP"):
      shutil.rmtree(self.folder, ignore_errors=True)

  # --- requests, as somebody who may do everything

  def headers(self):
    return {"Content-Type": "application/json", "Authorization": "Bearer " + self.secret}

  def get(self, path, timeout=HANG_SECONDS):
    reply = http(self.url + path, headers=self.headers(), timeout=timeout)
    if reply.status != 200:
      raise ValueError("%s: HTTP %d %s" % (path, reply.status, reply.body))
    return reply.json()

  def post(self, path, body, timeout=HANG_SECONDS, url=None):
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return http((url or self.url) + path, text, headers=self.headers(), timeout=timeout)

  def host_url(self, number):
    return "http://127.0.0.1:%d" % (self.port + 1 + number)

  # --- jobs of processes that record their lives

  def life_command(self, kind, number=None):
    beat = ["LIFE_BEAT=%g" % self.life_beat] if self.life_beat else []
    words = beat + ["exec", "/usr/bin/python3", "-I", "-S", self.life, self.records, "{{thermos.task_id}}", str(self.life_limit), kind]
    return " ".join(words + ([] if number is None else [str(number)]))

  def create(self, name, kind="stay", number=None, instances=1, **more):
    """Acknowledged when it returns."""
    reply = self.post("/v1/jobs", job(name, self.life_command(kind, number), instances, **more))
    if reply.status != 201:
      raise AssertionError("create %s: HTTP %d %s" % (name, reply.status, reply.body))

  def wait_running(self, name, count=1, seconds=HANG_SECONDS):
    """The job's tasks, all of which run and have said so themselves."""
    def running():
      tasks = [task for task in self.tasks(name) if task["status"] == "RUNNING"]
      started = {life.task for life in self.lives()}
      return len(tasks) == count and all(task["taskId"] in started for task in tasks) and tasks
    try:
      return wait_for("%d tasks of %s run" % (count, name), running, seconds)
    except AssertionError as error:
      raise AssertionError("%s; now %s" % (error, self.summary(name))) from None

  def lives(self):
    """One Life for each process, oldest first."""
    found = {}
    with open(self.records) as lines:
      for line in lines:
        if not line.endswith("\n"):
          continue
        moment, event, task, pid, detail = line.split()
        life = found.get((task, pid))
        if life is None:
          life = found[(task, pid)] = Life(task, int(pid), float(moment))
        life.add(float(moment), event, detail)
    return list(found.values())

  def living(self, task_id):
    """The pids that run something of that task now."""
    return [pid for pid in mentions(task_id) if is_life(pid)]

  def all_living(self):
    """task id -> the pids that run something of it now: one look at everything that runs, for all tasks."""
    found = collections.defaultdict(list)
    for pid in filter(is_life, mentions(self.dir)):
      for task_id in set(TASK_ID.findall(command_and_folder_of(pid))):
        found[task_id].append(pid)
    return found


class Life:
  """What one process wrote about itself. It lived from `begin` to `end` at least."""

  def __init__(self, task, pid, begin):
    self.task, self.pid, self.begin, self.end, self.terms, self.exit_code, self.kind = task, pid, begin, begin, [], None, None

  def add(self, moment, event, detail):
    self.end = max(self.end, moment)
    if event == "start":
      self.kind = detail
    if event == "term":
      self.terms.append(moment)
    if event == "exit":
      self.exit_code = int(detail)

  @property
  def instance(self):
    """job-and-number of a task id like www-data-devel-name-0-<uuid>."""
    return self.task[:-37]

  def __repr__(self):
    return "%s pid %d from %.2f to %.2f, %d SIGTERM, exit %s" % (
        self.task, self.pid, self.begin, self.end, len(self.terms), self.exit_code)


TASK_ID = re.compile(r"[\w.-]+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def command_and_folder_of(pid):
  try:
    with open("/proc/%d/cmdline" % pid, errors="replace") as words:
      return words.read() + "\0" + os.readlink("/proc/%d/cwd" % pid)
  except OSError:
    return ""


def is_life(pid):
  try:
    with open("/proc/%d/stat" % pid) as stat, open("/proc/%d/cmdline" % pid) as words:
      return stat.read().rpartition(")")[2].split()[0] != "Z" and "/life.py" in words.read()
  except OSError:
    return False


def runner_of(task_id):
  """The pid of the task's runner, None if there is none."""
  for pid, (_, command) in processes().items():
    if command.startswith("aurora runner ") and command.rstrip().endswith("/" + task_id):
      return pid
  return None


def nursery_of(state_dir):
  """The pid of the parent of runners that belongs to that executor's folder."""
  for pid, (_, command) in processes().items():
    if " nursery " in command + " " and state_dir in command and not command.startswith("aurora runner"):
      return pid
  return None


def payload(name, steps, orders=(), **more):
  """The executor's half of a task: `steps` are processes, names and command lines or whole dictionaries."""
  whole = [step if isinstance(step, dict) else
           {"name": step[0], "cmdline": step[1], "max_failures": 0, "daemon": False, "ephemeral": False, "min_duration": 1,
            "final": False} for step in steps]
  task = {"name": name, "processes": whole, "constraints": [{"order": list(order)} for order in orders],
          "resources": {"cpu": 0.1, "ram": 16 << 20, "disk": 16 << 20, "gpu": 0}, "max_failures": 1, "max_concurrency": 0,
          "finalization_wait": 30}
  return {"name": name, "role": ROLE, "cluster": "devcluster", "environment": "devel", "task": dict(task, **more), "service": True}


def task_config(name, command, data=None, **more):
  config = {"job": {"role": ROLE, "environment": "devel", "name": name}, "owner": {"user": USER}, "isService": True,
            "maxTaskFailures": -1, "resources": {"cpus": 0.1, "ramMb": 16, "diskMb": 16},
            "executorConfig": {"name": "AuroraExecutor",
                               "data": json.dumps(payload(name, [(name[:100], command)])) if data is None else data}}
  return dict(config, **more)


def job(name, command, instances=1, **more):
  return {"key": {"role": ROLE, "environment": "devel", "name": name}, "owner": {"user": USER}, "instanceCount": instances,
          "taskConfig": task_config(name, command, **more)}


def watch(seconds, check):
  """Calls check() again and again for that long; the first thing it returns, or None."""
  deadline = time.monotonic() + seconds
  while time.monotonic() < deadline:
    found = check()
    if found:
      return found
    time.sleep(0.2)
  return None
