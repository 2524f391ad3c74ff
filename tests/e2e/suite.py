"""Runs files of tests at once, each in a process of its own with ports of its own, and counts what passed.

Whatever they start carries the run's folder in its command line or works in it, so that nothing is left behind: not after
a failure, not after ^C.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

INTERRUPT_PATIENCE = 5  # seconds that an interrupted file may take to end what it has started


def each_mention(text):
  """The pid of every process whose command line or working folder contains the text, as it is found; never this one."""
  for name in os.listdir("/proc"):
    if not name.isdigit() or int(name) == os.getpid():
      continue
    try:
      with open("/proc/%s/cmdline" % name, errors="replace") as words:
        command = words.read()
      if text in command or text in os.readlink("/proc/%s/cwd" % name):
        yield int(name)
    except OSError:
      continue


def mentions(text):
  return list(each_mention(text))


def sweep(text, seconds=20):
  """SIGKILL until nothing mentions the text. At once, without a pause, and many looks: those who fork and exit hide from one."""
  deadline = time.monotonic() + seconds
  empty_looks = 0
  while empty_looks < 10 and time.monotonic() < deadline:
    empty_looks += 1
    for pid in each_mention(text):
      empty_looks = 0
      try:
        os.kill(pid, signal.SIGKILL)
      except OSError:
        pass


def interrupt_on_sigterm():
  """SIGTERM is ^C: what is open gets closed."""
  def interrupt(*_):
    raise KeyboardInterrupt
  signal.signal(signal.SIGTERM, interrupt)


class Run:
  """One test file in a process of its own."""

  def __init__(self, name, folder, limit, environment):
    self.name, self.begin, self.limit = name, time.monotonic(), limit
    self.output = tempfile.TemporaryFile(mode="w+", errors="replace")
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **environment)
    self.process = subprocess.Popen([sys.executable, "-m", "unittest", "-v", name], cwd=folder, env=environment,
                                    stdout=self.output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

  def seconds(self):
    return time.monotonic() - self.begin

  def is_over(self):
    if self.process.poll() is None and self.seconds() > self.limit:
      self.stop(signal.SIGTERM)
      self.output.write("\nstopped after %d s\n" % self.limit)
    return self.process.poll() is not None

  def stop(self, number):
    self.process.send_signal(number)
    try:
      self.process.wait(INTERRUPT_PATIENCE)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.wait()

  def report(self):
    """Prints what it printed; how many tests passed and failed."""
    self.output.seek(0)
    text = self.output.read()
    ran = re.search(r"^Ran (\d+) tests?", text, re.M)
    verdict = text.strip().splitlines()[-1] if text.strip() else ""
    bad = sum(int(count) for count in re.findall(r"(?:failures|errors)=(\d+)", verdict))
    skipped = sum(int(count) for count in re.findall(r"skipped=(\d+)", verdict))
    if not ran or (self.process.returncode != 0 and bad == 0):
      bad = max(bad, 1)
    good = max(0, (int(ran.group(1)) if ran else 0) - bad - skipped)
    print("== %s: %d passed, %d failed in %d s\n%s" % (self.name, good, bad, self.seconds(), text), flush=True)
    return good, bad


def run_files(folder, ending, wanted, at_once=3, limit=1800, environment=None):
  """Runs the files of the folder with that ending, or those whose name contains one of `wanted`. How many passed, failed."""
  names = sorted(name[:-3] for name in os.listdir(folder) if name.endswith(ending + ".py"))
  waiting = [name for name in names if not wanted or any(word in name for word in wanted)]
  scratch = tempfile.mkdtemp(prefix="aurora-run-")
  os.chmod(scratch, 0o755)
  environment = dict(environment or {}, TMPDIR=scratch)
  running = []
  passed = failed = 0
  interrupt_on_sigterm()
  try:
    while waiting or running:
      while waiting and len(running) < at_once:
        running.append(Run(waiting.pop(0), folder, limit, environment))
      for run in [run for run in running if run.is_over()]:
        running.remove(run)
        good, bad = run.report()
        passed += good
        failed += bad
      time.sleep(0.1)
  finally:
    for run in running:
      run.process.send_signal(signal.SIGTERM)
    for run in running:
      run.stop(signal.SIGTERM)
    sweep(scratch)
    if not os.environ.get("AURORA_E2E_KEEP"):
      shutil.rmtree(scratch, ignore_errors=True)
  return passed, failed
