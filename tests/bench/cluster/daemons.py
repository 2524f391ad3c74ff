"""The processes of a measurement: one real scheduler with its durable store, and the farm that plays its executors."""
import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get("AURORA_BUILD", os.path.join(TOP, "build"))
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
STILL_SECONDS = 120  # what makes no progress for so long will make none
TASK_CPUS = 0.1
SUPERVISOR_CPUS = 0.25  # --thermos_executor_cpu: what each task counts more


def die_with_parent():
  """In a child before it executes: the kernel ends it when we are gone, however that comes."""
  ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Stuck(Exception):
  """A row that does not come to its end; the others go on."""


def free_port():
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


def listen_overflows():
  """Connections that the kernel dropped because somebody's accept queue was full, on this machine."""
  with open("/proc/net/netstat") as lines:
    names, values = [line.split() for line in lines if line.startswith("TcpExt:")]
  return int(values[names.index("ListenOverflows")])


def service(role, name, instances, **more):
  """A job of tasks that sleep, as POST /v1/jobs takes it; `more`: members of its task configuration."""
  resources = {"cpu": TASK_CPUS, "ram": 16 << 20, "disk": 16 << 20}
  task = {"task": {"name": "t", "processes": [{"name": "p", "cmdline": "sleep 1000"}], "resources": resources}}
  config = {"job": {"role": role, "environment": "prod", "name": name}, "owner": {"user": "bench"}, "isService": True,
            "resources": {"cpus": TASK_CPUS, "ramMb": 16, "diskMb": 16},
            "executorConfig": {"name": "AuroraExecutor", "data": json.dumps(task)}, **more}
  return {"key": config["job"], "owner": config["owner"], "taskConfig": config, "instanceCount": instances}


class Scheduler:
  """`aurora scheduler` on a folder of its own. What it answers is read over one kept connection."""

  def __init__(self, binary, folder, flags=()):
    self.binary, self.folder, self.flags, self.port = binary, folder, list(flags), free_port()
    self.secret = os.urandom(16).hex()
    self.secret_file = os.path.join(folder, "secret")
    with open(os.open(self.secret_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
      out.write(self.secret + "\n")
    self.url = "http://127.0.0.1:%d" % self.port
    self.log = os.path.join(folder, "scheduler.log")
    self.process, self.connection = None, None

  def start(self):
    words = [self.binary, "scheduler", "--cluster_name=bench", "--ip=127.0.0.1", "--hostname=127.0.0.1",
             "--http_port=%d" % self.port, "--data_dir=" + os.path.join(self.folder, "data"),
             "--secret_file=" + self.secret_file, "--flapping_task_threshold=1secs"] + self.flags
    if not os.path.exists(os.path.join(self.folder, "data")) and "--initialize" in self.help():
      words.append("--initialize")
    with open(self.log, "a") as out:
      self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/",
                                      preexec_fn=die_with_parent)

  def help(self):
    return subprocess.run([self.binary, "scheduler", "--help"], capture_output=True, text=True, check=False).stdout

  def wait_answers(self, path="/v1/cluster"):
    """Seconds until the first good answer."""
    begin = time.monotonic()
    while time.monotonic() - begin < STILL_SECONDS:
      if self.process.poll() is not None:
        raise Stuck("the scheduler ended with %d; its last words: %s" % (self.process.returncode, self.last_words()))
      try:
        self.get(path)
        return time.monotonic() - begin
      except (OSError, ValueError, http.client.HTTPException):
        time.sleep(0.002)
    raise Stuck("the scheduler does not answer")

  def last_words(self):
    with open(self.log, errors="replace") as lines:
      return " | ".join(lines.read().splitlines()[-3:])

  def get(self, path):
    for is_last in (False, True):
      try:
        if self.connection is None:
          self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STILL_SECONDS)
        self.connection.request("GET", path, headers={"Authorization": "Bearer " + self.secret})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
          raise ValueError("%s: HTTP %d %s" % (path, answer.status, body[:300]))
        return json.loads(body)
      except (OSError, http.client.HTTPException):  # also a kept connection that was closed meanwhile
        self.connection.close()
        self.connection = None
        if is_last:
          raise

  def send(self, path, body, method="POST"):
    request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method=method,
                                     headers={"Authorization": "Bearer " + self.secret, "Content-Type": "application/json"})
    try:
      with urllib.request.urlopen(request, timeout=STILL_SECONDS) as answer:
        return json.loads(answer.read())
    except urllib.error.HTTPError as error:
      raise SystemExit("%s: %s" % (path, error.read().decode())) from error

  def vars(self):
    return self.get("/vars.json")

  def counts(self):
    """How many tasks are in each status that has any."""
    return {name[len("task_store_"):]: int(value) for name, value in self.vars().items()
            if name.startswith("task_store_") and value}

  def cpu_seconds(self):
    with open("/proc/%d/stat" % self.process.pid) as stat:
      fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS

  def rss_bytes(self):
    with open("/proc/%d/statm" % self.process.pid) as statm:
      return int(statm.read().split()[1]) * PAGE

  def peak_bytes(self):
    with open("/proc/%d/status" % self.process.pid) as status:
      return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

  def stop(self, number=signal.SIGTERM):
    if self.connection:
      self.connection.close()
      self.connection = None
    if self.process and self.process.poll() is None:
      self.process.send_signal(number)
      try:
        self.process.wait(STILL_SECONDS)
      except subprocess.TimeoutExpired:
        self.process.kill()
        self.process.wait()


class Farm:
  """`aurora_farm executors`: asked by a line, answers by a line."""

  def __init__(self, binary, scheduler, hosts, tasks_max, keep):
    room = (tasks_max // hosts + 1) * 1.25 + 4
    self.host_cpus = round(room * (TASK_CPUS + SUPERVISOR_CPUS), 2)
    self.hosts = hosts
    self.process = subprocess.Popen(
        [binary, "executors", "--scheduler", scheduler.url, "--secret_file", scheduler.secret_file,
         "--hosts", str(hosts), "--cpus", str(self.host_cpus), "--ram_mb", str(1 << 20), "--disk_mb", str(1 << 22),
         "--spread", "5" if hosts > 100 else "0.2", "--keep", str(keep)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    self.port = json.loads(self.process.stdout.readline() or '{"port": 0}')["port"]
    if not self.port:
      raise Stuck("the farm did not start")

  def order(self, words):
    self.process.stdin.write(words + "\n")
    self.process.stdin.flush()
    return json.loads(self.process.stdout.readline())

  def figures(self):
    return self.order("figures")

  def pause(self):
    """Launches stay unanswered, and nothing of the farm takes time from the scheduler."""
    self.process.send_signal(signal.SIGSTOP)

  def stop(self):
    self.process.kill()
    self.process.wait()
    self.process.stdin.close()
    self.process.stdout.close()


class Cluster:
  """A new scheduler and its farm, all hosts registered. Everything is gone when the with-block ends."""

  def __init__(self, binary, options, hosts, tasks_max, keep, say, flags=()):
    self.options, self.say, self.hosts = options, say, hosts
    self.folder = tempfile.mkdtemp(prefix="aurora-bench-", dir=options.folder)
    self.farm = None
    self.tier = ""  # of jobs that load() creates
    self.scheduler = Scheduler(binary, self.folder, flags)
    try:
      self.scheduler.start()
      self.scheduler.wait_answers("/vars.json")
      self.farm = Farm(options.farm, self.scheduler, hosts, tasks_max, keep)
      self.wait("hosts registered", hosts, lambda: self.farm.figures()["registered"], 0.1)
    except BaseException:
      self.close()
      raise

  def __enter__(self):
    return self

  def __exit__(self, *error):
    self.close()

  def close(self):
    if self.farm:
      self.farm.stop()
    self.scheduler.stop(signal.SIGKILL)
    shutil.rmtree(self.folder, ignore_errors=True)

  def load(self, *words):
    """A load program beside us; finish() has its figures."""
    tier = ["--tier", self.tier] if self.tier and words[0] == "create" else []
    command = [self.options.farm] + list(words) + tier + ["--scheduler", self.scheduler.url, "--secret_file",
                                                   self.scheduler.secret_file]
    return Load(command)

  def run(self, *words):
    return self.load(*words).finish()

  @contextlib.contextmanager
  def slow_clients(self, *words):
    """All connected, for as long as the with-block takes."""
    process = subprocess.Popen([self.options.farm, "slow", *words, "--scheduler", self.scheduler.url, "--secret_file",
                                self.scheduler.secret_file],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    try:
      if not process.stdout.readline():
        raise Stuck("the slow clients did not connect")
      yield
    finally:
      process.communicate()

  def wait(self, what, wanted, measure, every):
    """Until measure() says so many; shows progress, gives up when there is none."""
    last, moved, said = None, time.monotonic(), time.monotonic()
    while True:
      now = measure()
      if now >= wanted:
        return
      if now != last:
        last, moved = now, time.monotonic()
      if time.monotonic() - moved > STILL_SECONDS:
        raise Stuck("%s: still %s of %s after %d s without progress" % (what, f"{now:,}", f"{wanted:,}", STILL_SECONDS))
      if time.monotonic() - said > 5:
        said = time.monotonic()
        self.say("%s: %s of %s" % (what, f"{now:,}", f"{wanted:,}"))
      time.sleep(every)


class Load:
  def __init__(self, command):
    self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                    preexec_fn=die_with_parent)

  def finish(self):
    text = self.process.communicate()[0]
    if self.process.returncode != 0:
      raise Stuck("%s ended with %d" % (" ".join(self.process.args[1:3]), self.process.returncode))
    figures = json.loads(text)
    if figures.get("first_refusal"):
      raise Stuck("%s was refused: %s" % (self.process.args[1], figures["first_refusal"]))
    return figures
