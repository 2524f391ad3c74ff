"""`aurora thermos` on a root of its own, for tests that run tasks with no scheduler and no executor."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from harness import AURORA, HANG_SECONDS, processes, wait_for

TASK_STATES = ["ACTIVE", "SUCCESS", "FAILED", "KILLED", "LOST", "CLEANING", "FINALIZING"]
PROCESS_STATES = ["WAITING", "FORKED", "RUNNING", "SUCCESS", "KILLED", "FAILED", "LOST"]


class Thermos:
  """The tool on a root of its own."""

  def __init__(self, user=None):
    self.folder = tempfile.mkdtemp(prefix="aurora-thermos-")
    os.chmod(self.folder, 0o755)
    if user:
      shutil.chown(self.folder, user)
    self.user = user
    self.root = os.path.join(self.folder, "root")
    self.pids = []  # of tools that were started
    self.env = dict(os.environ, HOME=self.folder, TZ="UTC", PATH="/usr/local/bin:/usr/bin:/bin", LANG="C")
    self.env.pop("XDG_STATE_HOME", None)

  def write(self, name, text):
    path = os.path.join(self.folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
      out.write(text)
    os.chmod(path, 0o644)
    return path

  def command(self, *words):
    return [AURORA, "thermos", words[0], "--root", self.root] + list(words[1:])

  def run(self, *words, text=None):
    process = self.popen(*words, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL)
    out, err = process.communicate(text, timeout=2 * HANG_SECONDS)
    return harness.Outcome(process.returncode, out, err, 0)

  def popen(self, *words, stdin=subprocess.DEVNULL):
    process = subprocess.Popen(self.command(*words), env=self.env, cwd=self.folder, stdin=stdin, user=self.user,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    self.pids.append(process.pid)
    return process

  def run_file(self, text, *words):
    return self.run("run", *words, self.write("task.thermos", text))

  def checkpoint(self, task_id):
    return "%s/executor/tasks/%s/checkpoint" % (self.root, task_id)

  def sandbox(self, task_id):
    return "%s/slaves/thermos/frameworks/aurora/executors/thermos-%s/runs/latest/sandbox" % (self.root, task_id)

  def output(self, task_id, process, run=0, stream="stdout"):
    with open("%s/.logs/%s/%d/%s" % (self.sandbox(task_id), process, run, stream)) as text:
      return text.read()

  def records(self, task_id):
    """What `read --simple` tells: ('', state, rc None) of the task, (process, state, rc) of its processes, with the time."""
    found = []
    for line in self.run("read", "--simple", self.checkpoint(task_id)).out.splitlines():
      task = re.search(r"task_status=TaskStatus\(state=(\d), timestamp_ms=(\d+)", line)
      process = re.search(r"ProcessStatus\(seq=\d+, process='(.*?)', state=(\d).*return_code=(\S+), coord", line)
      if task:
        found.append(("", TASK_STATES[int(task[1])], None))
      elif process:
        found.append((process[1], PROCESS_STATES[int(process[2])], None if process[3] == "None" else int(process[3])))
    return found

  def story(self, task_id, process=""):
    """'ACTIVE CLEANING FAILED', or of a process 'WAITING FORKED RUNNING FAILED:7'."""
    return " ".join(state if code is None else "%s:%d" % (state, code)
                    for name, state, code in self.records(task_id) if name == process)

  def living(self):
    """What runs below the root: supervisors by their words, processes by their HOME."""
    found = {}
    for pid, (_, command) in processes().items():
      try:
        with open("/proc/%d/environ" % pid, "rb") as environment:
          is_ours = b"HOME=" + self.root.encode() in environment.read()
      except OSError:
        is_ours = False
      if is_ours or re.match(r"aurora (nursery|runner) " + re.escape(self.root), command):
        found[pid] = command
    return found

  def groups(self):
    """Control groups of the tools' tasks."""
    return [path for pid in self.pids for path in glob.glob("/sys/fs/cgroup/aurora/thermos-%d" % pid) +
            glob.glob("/sys/fs/cgroup/*/aurora/thermos-%d" % pid)]

  def wait_quiet(self):
    """Until nothing runs and no control group is left."""
    wait_for("nothing runs any more", lambda: not self.living() or None)
    wait_for("no control group is left of %s" % self.pids, lambda: not self.groups() or None)

  def close(self):
    for pid in self.living():
      try:
        os.kill(pid, signal.SIGKILL)
      except OSError:
        pass
    if not os.environ.get("AURORA_E2E_KEEP"):
      shutil.rmtree(self.folder, ignore_errors=True)


def task(processes_text, more=""):
  return "export(Task(name='t', processes=[%s]%s))\n" % (processes_text, more)


class ThermosCase(unittest.TestCase):
  def setUp(self):
    self.thermos = Thermos()
    self.addCleanup(self.thermos.close)

  def tearDown(self):
    self.thermos.wait_quiet()
    with open("/proc/mounts") as mounts:
      self.assertNotIn(self.thermos.root, mounts.read())

  def check(self, outcome, code, err=None):
    self.assertEqual(outcome.code, code, outcome)
    if err is not None:
      self.assertIn(err, outcome.err)
    return outcome
