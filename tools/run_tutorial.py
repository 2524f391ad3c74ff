"""Runs the hello_world tutorial on a devcluster of its own (tools/quickstart [--once])."""
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
AURORA = os.path.join(TOP, "build", "aurora")

SCRIPT = """import sys
import time

def main(argv):
  SLEEP_DELAY = 10
  # Python ninjas - ignore this blatant bug.
  for i in xrang(100):
    print("Hello world! The time is now: %s. Sleeping for %d secs" % (
      time.asctime(), SLEEP_DELAY))
    sys.stdout.flush()
    time.sleep(SLEEP_DELAY)

if __name__ == "__main__":
  main(sys.argv)
"""

JOB = """import hashlib

pkg_path = '@FOLDER@/hello_world.py'

# we use a trick here to make the configuration change with
# the contents of a file, for simplicity.  in a normal setting, packages would be
# versioned, and the version number would be changed in the configuration.
with open(pkg_path, 'rb') as f:
  pkg_checksum = hashlib.md5(f.read()).hexdigest()

# copy hello_world.py into the local sandbox
install = Process(
  name = 'fetch_package',
  cmdline = 'cp %s . && echo %s && chmod +x hello_world.py' % (pkg_path, pkg_checksum))

# run the script
hello_world = Process(
  name = 'hello_world',
  cmdline = 'python hello_world.py')

# describe the task
hello_world_task = SequentialTask(
  processes = [install, hello_world],
  resources = Resources(cpu = 1, ram = 1*MB, disk=8*MB))

jobs = [
  Service(cluster = 'devcluster',
          environment = 'devel',
          role = '@ROLE@',
          name = 'hello_world',
          task = hello_world_task)
]
"""


class DidNotHappen(Exception):
  """What the tutorial promises and we did not see."""


def say(text):
  print("%s  %s" % (time.strftime("%H:%M:%S"), text), flush=True)


def fetch(url, timeout=5):
  opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
  with opener.open(url, timeout=timeout) as reply:
    return reply.read().decode("utf-8", "replace")


def fetch_json(url):
  return json.loads(fetch(url))


def wait_for(what, seconds, check):
  """Until check() gives something true; its value."""
  deadline = time.monotonic() + seconds
  while True:
    try:
      value = check()
    except (OSError, ValueError):
      value = None
    if value:
      return value
    if time.monotonic() > deadline:
      raise DidNotHappen("%s (waited %d s)" % (what, seconds))
    time.sleep(0.2)


def is_free(port):
  with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
      probe.bind(("127.0.0.1", port))
    except OSError:
      return False
  return True


def choose_ports():
  """devcluster's own ports if they are free: the scheduler's, and whether --port is needed."""
  if is_free(8081) and is_free(1338):
    return 8081, []
  for port in range(18081, 19081, 10):
    if is_free(port) and is_free(port + 1):
      say("port 8081 or 1338 is in use; this cluster takes %d and %d" % (port, port + 1))
      return port, ["--port", str(port)]
  raise DidNotHappen("no free ports for the cluster")


def choose_role():
  if os.geteuid() != 0:
    role = pwd.getpwuid(os.geteuid()).pw_name
    say("not root: the job runs as role %s instead of the tutorial's www-data" % role)
    return role
  try:
    pwd.getpwnam("www-data")
  except KeyError:
    raise DidNotHappen("the tutorial's role www-data is no user of this machine: useradd --system www-data")
  return "www-data"


def task_path(role, folder):
  """The PATH tasks get, with a `python` on it: the tutorial's command line says `python`, which many machines lack."""
  path = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
  command = ["sh", "-c", "python -c 'import sys' 2>/dev/null"]
  if os.geteuid() == 0:
    command = ["setpriv", "--reuid", role, "--regid", str(pwd.getpwnam(role).pw_gid), "--clear-groups"] + command
  if subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/") == 0:
    return path
  tools = os.path.join(folder, "bin")
  os.mkdir(tools)
  os.symlink("/usr/bin/python3", os.path.join(tools, "python"))
  say("no `python` that %s can run here: tasks find %s/python, a link to /usr/bin/python3" % (role, tools))
  return tools + ":" + path


class Tutorial:
  def __init__(self, folder):
    self.folder = folder
    self.cluster = None
    self.role = choose_role()
    self.key = "devcluster/%s/devel/hello_world" % self.role
    self.script = os.path.join(folder, "hello_world.py")
    self.job = os.path.join(folder, "hello_world.aurora")
    self.log = os.path.join(folder, "devcluster.log")
    self.port, self.port_flags = choose_ports()
    self.url = "http://127.0.0.1:%d" % self.port
    self.seen = set()      # task events already shown
    self.shown = {}        # bytes of stdout already shown, by task
    self.quits = threading.Event()

  def write_files(self):
    with open(self.script, "w") as out:
      out.write(SCRIPT)
    with open(self.job, "w") as out:
      out.write(JOB.replace("@FOLDER@", self.folder).replace("@ROLE@", self.role))
    say("the tutorial's files are in %s" % self.folder)

  def start_cluster(self):
    environment = dict(os.environ, PATH=task_path(self.role, self.folder))
    command = [AURORA, "devcluster", "--dir", os.path.join(self.folder, "cluster")] + self.port_flags
    say("$ aurora " + " ".join(command[1:]))
    with open(self.log, "w") as out:
      self.cluster = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment,
                                      stdin=subprocess.DEVNULL, start_new_session=True)

    def is_ready():
      if self.cluster.poll() is not None:
        raise DidNotHappen("the cluster did not start: " + self.log_tail())
      return any(host.get("isConnected") for host in fetch_json(self.url + "/v1/hosts")["hosts"])
    wait_for("the cluster accepts no jobs", 60, is_ready)
    say("the cluster is ready: %s/scheduler (log: %s)" % (self.url, self.log))

  def log_tail(self):
    with open(self.log, errors="replace") as lines:
      return "\n".join(lines.read().splitlines()[-15:])

  def stop_cluster(self):
    if self.cluster is None or self.cluster.poll() is not None:
      return
    self.cluster.send_signal(signal.SIGTERM)
    try:
      self.cluster.wait(60)
    except subprocess.TimeoutExpired:
      self.cluster.kill()
      raise DidNotHappen("the cluster did not stop within 60 s")
    if self.cluster.returncode != 0:
      raise DidNotHappen("the cluster ended with status %d" % self.cluster.returncode)
    say("the cluster has stopped")

  def client(self, *words):
    say("$ aurora " + " ".join(words))
    environment = dict(os.environ, AURORA_CONFIG_ROOT=os.path.join(self.folder, "cluster"))
    code = subprocess.call([AURORA] + list(words), env=environment, stdin=subprocess.DEVNULL)
    if code != 0:
      raise DidNotHappen("`aurora %s` ended with status %d" % (" ".join(words), code))

  def tasks(self):
    url = "%s/v1/tasks?role=%s&environment=devel&name=hello_world&limit=1000" % (self.url, self.role)
    return sorted(fetch_json(url)["tasks"], key=lambda task: task["taskEvents"][0]["timestamp"])

  def show_news(self):
    """Every state change and line of output since the last look."""
    tasks = self.tasks()
    for task in tasks:
      for event in task["taskEvents"]:
        mark = (task["taskId"], event["timestamp"], event["status"])
        if mark in self.seen:
          continue
        self.seen.add(mark)
        message = event.get("message")
        say("instance %d: %s%s" % (task["instanceId"], event["status"], " - " + message if message else ""))
        if event["status"] == "ASSIGNED" and task.get("taskUrl"):
          say("  its page: %s" % task["taskUrl"])
      if task.get("taskUrl"):
        self.show_output(task)
    return tasks

  def output(self, task, stream, offset):
    base, _, task_id = task["taskUrl"].rpartition("/task/")
    chunk = fetch_json("%s/v1/tasks/%s/processes/hello_world/runs/0/%s?offset=%d&length=65536"
                       % (base, task_id, stream, offset))
    return chunk["data"]

  def show_output(self, task):
    done = self.shown.get(task["taskId"], 0)
    try:
      text = self.output(task, "stdout", done)
    except (OSError, ValueError, KeyError):
      return
    complete = text[:text.rfind("\n") + 1]
    for line in complete.splitlines():
      say("  stdout: " + line)
    self.shown[task["taskId"]] = done + len(complete.encode())

  def watch(self):
    while not self.quits.wait(0.5):
      try:
        self.show_news()
      except (OSError, ValueError, KeyError):
        pass

  def see_failure(self):
    def failed():
      return next((task for task in self.show_news() if task["status"] == "FAILED"), None)
    task = wait_for("no task FAILED", 60, failed)
    text = wait_for("the failed task's stderr has no NameError", 20, lambda: self.named_error(task))
    say("  stderr: " + text)

  def named_error(self, task):
    lines = self.output(task, "stderr", 0).splitlines()
    return next((line for line in lines if line.startswith("NameError") and "xrang" in line), None)

  def fix(self):
    with open(self.script) as source:
      text = source.read()
    with open(self.script, "w") as out:
      out.write(text.replace("xrang(", "range("))
    say("fixed: xrang -> range in %s (xrange, the seed's fix, is gone in Python 3)" % self.script)

  def see_running(self):
    def running():
      return any(task["status"] == "RUNNING" and self.shown.get(task["taskId"], 0) > 0 for task in self.show_news())
    wait_for("no task is RUNNING with output in stdout", 60, running)

  def run(self, is_once):
    self.write_files()
    self.start_cluster()
    self.client("create", self.key, self.job)
    say("the job's page: %s/scheduler/%s/devel/hello_world" % (self.url, self.role))
    self.see_failure()
    self.fix()
    watcher = threading.Thread(target=self.watch, daemon=True)
    watcher.start()
    try:
      self.client("update", self.key, self.job)
    finally:
      self.quits.set()
      watcher.join()
    self.see_running()
    if not is_once:
      say("it runs. ^C stops it and the cluster. In another terminal: aurora status " + self.key)
      while self.cluster.poll() is None:
        self.show_news()
        time.sleep(0.5)
      raise DidNotHappen("the cluster ended by itself: " + self.log_tail())
    self.client("killall", self.key)
    if any(task["isActive"] for task in self.show_news()):
      raise DidNotHappen("a task is active after killall")


def interrupt(number, frame):
  raise KeyboardInterrupt


def main():
  is_once = "--once" in sys.argv[1:]
  signal.signal(signal.SIGTERM, interrupt)
  folder = tempfile.mkdtemp(prefix="aurora-quickstart-")
  os.chmod(folder, 0o755)
  tutorial = None
  code = 0
  try:
    tutorial = Tutorial(folder)
    tutorial.run(is_once)
    say("the tutorial went as it should")
  except DidNotHappen as error:
    print("quickstart: did not happen: %s" % error, file=sys.stderr, flush=True)
    code = 1
  except KeyboardInterrupt:
    print(flush=True)
    code = 130 if is_once else 0
  try:
    if tutorial:
      tutorial.stop_cluster()
  except DidNotHappen as error:
    print("quickstart: %s" % error, file=sys.stderr, flush=True)
    code = code or 1
  if code == 1 and os.path.exists(os.path.join(folder, "devcluster.log")):
    say("what the cluster said is kept in %s/devcluster.log" % folder)
  else:
    shutil.rmtree(folder, ignore_errors=True)
  return code


if __name__ == "__main__":
  sys.exit(main())
