"""A real cluster for end-to-end tests: `aurora devcluster` in a folder and on ports of its own, its client, its pages.

Every wait has a deadline that only a hang meets, however busy the machine; nothing sleeps for a fixed time and hopes.
"""
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import ports

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("AURORA_BUILD", os.path.join(TOP, "build"))
AURORA = os.environ.get("AURORA_BINARY") or os.path.join(BUILD, "aurora")  # the former: another build is attacked
IS_ROOT = os.geteuid() == 0
USER = pwd.getpwuid(os.geteuid()).pw_name
ROLE = "www-data" if IS_ROOT else USER
PORT = ports.reserve()  # this process may use the 100 from here
HANG_SECONDS = 60  # what takes longer has failed; nothing that works comes near it, even on a busy machine

# Flapping tasks wait a second instead of half a minute; all else is as shipped.
QUICK = ["--initial_flapping_task_delay=1secs", "--max_flapping_task_delay=2secs"]

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Reply:
  def __init__(self, status, body, headers):
    self.status, self.body, self.headers = status, body, headers

  def json(self):
    return json.loads(self.body)


def http(url, body=None, headers=None, timeout=HANG_SECONDS):
  """GET, or POST when there is a body. Error statuses are replies, too."""
  data = body.encode() if isinstance(body, str) else body
  request = urllib.request.Request(url, data=data, headers=headers or {"Content-Type": "application/json"})
  try:
    with _opener.open(request, timeout=timeout) as answer:
      return Reply(answer.status, answer.read().decode("utf-8", "replace"), answer.headers)
  except urllib.error.HTTPError as error:
    with error:
      return Reply(error.code, error.read().decode("utf-8", "replace"), error.headers)


def wait_for(what, check, seconds=HANG_SECONDS):
  """The first true value of check(); what it raises for want of an answer counts as false."""
  deadline = time.monotonic() + seconds
  last = None
  while time.monotonic() < deadline:
    try:
      value = check()
      if value:
        return value
    except (OSError, ValueError, KeyError, IndexError, urllib.error.URLError) as error:
      last = error
    time.sleep(0.1)
  raise AssertionError("did not happen within %d s: %s%s" % (seconds, what, " (%s)" % last if last else ""))


class Outcome:
  def __init__(self, code, out, err, seconds):
    self.code, self.out, self.err, self.seconds = code, out, err, seconds

  def __repr__(self):
    return "exit %d\n--- stdout\n%s--- stderr\n%s" % (self.code, self.out, self.err)


def run_client(*words, env=None, cwd=None, timeout=2 * HANG_SECONDS):
  start = time.monotonic()
  done = subprocess.run([AURORA] + list(words), env=env, cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                        capture_output=True, text=True)
  return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - start)


def processes():
  """pid -> (parent, command line) of everything that runs."""
  found = {}
  for name in os.listdir("/proc"):
    if not name.isdigit():
      continue
    try:
      with open("/proc/%s/stat" % name) as stat, open("/proc/%s/cmdline" % name) as cmdline:
        fields = stat.read().rpartition(")")[2].split()
        if fields[0] != "Z":
          found[int(name)] = (int(fields[1]), cmdline.read().replace("\0", " ").strip())
    except OSError:
      continue
  return found


def find_processes(text):
  return [pid for pid, (_, command) in processes().items() if text in command and pid != os.getpid()]


class Cluster:
  """One devcluster; use as a context or start() and close()."""

  def __init__(self, executors=1, port=None, flags=(), env=None):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    os.chmod(self.folder, 0o755)
    self.dir = os.path.join(self.folder, "cluster")
    self.home = os.path.join(self.folder, "home")
    os.mkdir(self.home)
    self.executors, self.port, self.flags = executors, port or PORT, list(flags) or QUICK
    self.url = "http://127.0.0.1:%d" % self.port
    self.env = dict(os.environ, HOME=self.home, AURORA_CONFIG_ROOT=self.dir, LOGNAME=USER, TZ="UTC")
    for name in ("NO_COLOR", "BROWSER", "DISPLAY", "XDG_STATE_HOME"):
      self.env.pop(name, None)
    tools = os.path.join(self.folder, "bin")
    os.mkdir(tools)
    os.symlink("/usr/bin/python3", os.path.join(tools, "python"))
    self.env["PATH"] = tools + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    self.env.update(env or {})
    self.process = None
    self.user = None  # who starts it, if not we
    self.log = os.path.join(self.folder, "log")

  def __enter__(self):
    return self.start()

  def __exit__(self, *error):
    self.close()

  def command(self):
    return [AURORA, "devcluster", "--dir", self.dir, "--port", str(self.port), "--executors", str(self.executors)] + self.flags

  def start(self, *more):
    with open(self.log, "a") as out:
      self.process = subprocess.Popen(self.command() + list(more), stdout=out, stderr=subprocess.STDOUT, env=self.env,
                                      stdin=subprocess.DEVNULL, start_new_session=True, user=self.user)
    self.wait_ready()
    return self

  def wait_ready(self, seconds=HANG_SECONDS):
    def is_ready():
      if self.process.poll() is not None:
        raise AssertionError("devcluster ended with %d:\n%s" % (self.process.returncode, self.log_text()))
      hosts = self.get("/v1/hosts")["hosts"]
      return sum(1 for host in hosts if host["isConnected"]) >= self.executors and http(self.url + "/leaderhealth").status == 200
    wait_for("the cluster is ready; its log:\n" + self.log_text(), is_ready, seconds)

  def stop(self, number=signal.SIGTERM, seconds=2 * HANG_SECONDS):
    """Its exit code."""
    self.process.send_signal(number)
    return self.process.wait(seconds)

  def close(self):
    if self.process and self.process.poll() is None:
      try:
        self.stop()
      except subprocess.TimeoutExpired:
        self.process.kill()
    for pid in find_processes(self.dir):  # whatever a failed test has left
      try:
        os.kill(pid, signal.SIGKILL)
      except OSError:
        pass
    if not os.environ.get("AURORA_E2E_KEEP"):
      shutil.rmtree(self.folder, ignore_errors=True)

  def log_text(self):
    with open(self.log, errors="replace") as lines:
      return lines.read()

  def child(self, *words):
    """The pid of devcluster's child whose command line has all these words."""
    for pid, (parent, command) in processes().items():
      if parent == self.process.pid and all(word in command for word in words):
        return pid
    return None

  def kill_child(self, *words, number=signal.SIGKILL):
    pid = wait_for("a child " + " ".join(words), lambda: self.child(*words))
    os.kill(pid, number)
    wait_for("process %d has ended" % pid, lambda: pid not in processes())
    return pid

  # --- files and client

  def write(self, name, text):
    path = os.path.join(self.folder, name)
    with open(path, "w") as out:
      out.write(text)
    os.chmod(path, 0o644)
    return path

  def aurora(self, *words, timeout=2 * HANG_SECONDS, env=None):
    return run_client(*words, env=dict(self.env, **(env or {})), cwd=self.folder, timeout=timeout)

  def popen(self, *words, env=None):
    return subprocess.Popen([AURORA] + list(words), env=dict(self.env, **(env or {})), cwd=self.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

  # --- the scheduler's view

  def get(self, path):
    reply = http(self.url + path)
    if reply.status != 200:
      raise ValueError("%s: HTTP %d %s" % (path, reply.status, reply.body))
    return reply.json()

  def post(self, path, body, timeout=10):
    """As somebody who knows the cluster's secret."""
    with open(self.dir + "/secret") as secret:
      headers = {"Content-Type": "application/json", "Authorization": "Bearer " + secret.read().strip()}
    return http(self.url + path, body, headers, timeout)

  def tasks(self, name, active=None):
    """Of a job of ROLE in devel, oldest first."""
    path = "/v1/tasks?role=%s&environment=devel&name=%s&limit=1000" % (ROLE, name)
    if active is not None:
      path += "&active=" + ("true" if active else "false")
    return sorted(self.get(path)["tasks"], key=lambda task: task["taskEvents"][0]["timestamp"])

  def wait_task(self, name, status, seconds=HANG_SECONDS):
    """The newest task of the job in that state."""
    return wait_for("a task of %s is %s (now %s)" % (name, status, self.summary(name)),
                    lambda: ([t for t in self.tasks(name) if t["status"] == status] or [None])[-1], seconds)

  def summary(self, name):
    try:
      return [(t["instanceId"], t["status"], t.get("statusReason")) for t in self.tasks(name)]
    except (OSError, ValueError) as error:
      return error

  # --- the executor's view

  def executor_url(self, task):
    return task["taskUrl"].rpartition("/task/")[0]

  def output(self, task, process, stream="stdout", run=0, offset=0):
    url = "%s/v1/tasks/%s/processes/%s/runs/%d/%s?offset=%d&length=100000" % (
        self.executor_url(task), task["taskId"], process, run, stream, offset)
    return http(url).json()["data"]

  def task_page(self, task):
    return http("%s/v1/tasks/%s" % (self.executor_url(task), task["taskId"])).json()


def job_text(name, command, role=ROLE, cluster="devcluster", environment="devel", instances=1, watch_secs=2, extra=""):
  """A job file with one service of one process."""
  return """
jobs = [Service(cluster = %r, role = %r, environment = %r, name = %r, instances = %d,
  update_config = UpdateConfig(watch_secs = %d),
  task = SimpleTask(name = %r, command = %r) (resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB))%s)]
""" % (cluster, role, environment, name, instances, watch_secs, name, command, extra)


def key(name, role=ROLE, environment="devel", cluster="devcluster"):
  return "%s/%s/%s/%s" % (cluster, role, environment, name)


def lines(text):
  return [line for line in re.sub(r"\033\[[0-9;]*[A-Za-z]", "", text).splitlines()]
