"""What the client prints where: at a terminal, into a pipe, to nobody; and what ^C leaves."""
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

import harness
from harness import AURORA, ROLE, job_text, key, wait_for

FULL = "cannot write the output: No space left on device\n"
CLOSED = "cannot write the output: Bad file descriptor\n"


def run_to(stdout, *words, env=None, close=False):
  done = subprocess.run([AURORA] + list(words), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env,
                        timeout=harness.HANG_SECONDS, preexec_fn=(lambda: os.close(1)) if close else None)
  return done.returncode, done.stderr


def run_to_gone_reader(*words, env=None):
  reader, writer = os.pipe()
  os.close(reader)
  try:
    return run_to(writer, *words, env=env)
  finally:
    os.close(writer)


class Terminal:
  """Runs a program whose stdout, or that and stderr, is a terminal of so many columns."""

  def __init__(self, columns):
    self.master, self.slave = pty.openpty()
    fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

  def run(self, *words, env, stderr=subprocess.PIPE):
    process = subprocess.Popen([AURORA] + list(words), stdin=self.slave, stdout=self.slave, stderr=stderr or self.slave, env=env)
    os.close(self.slave)
    text = b""
    while True:
      try:
        got = os.read(self.master, 65536)
      except OSError:  # nobody has the other end any more
        break
      if not got:
        break
      text += got
    err = ""
    if process.stderr:
      with process.stderr:
        err = process.stderr.read().decode()
    code = process.wait(harness.HANG_SECONDS)
    os.close(self.master)
    return code, text.decode().replace("\r\n", "\n"), err


class LostOutputTest(unittest.TestCase):
  """No cluster: every mode that prints, to where it cannot."""

  @classmethod
  def setUpClass(cls):
    cls.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    cls.env = dict(os.environ, HOME=cls.folder, AURORA_CONFIG_ROOT=cls.folder)
    cls.job = cls.folder + "/hello.aurora"
    with open(cls.job, "w") as out:
      out.write(job_text("hello", "true"))
    cls.commands = [
        ("help",), (), ("--version",), ("version",), ("completion", "bash"), ("__complete", ""), ("python", "-c", "print(1)"),
        ("python", "-c", "for i in range(100000): print(i)"), ("python", "--help"), ("thermos", "--help"), ("thermos", "help", "run"),
        ("scheduler", "--help"), ("create", "--help"), ("help", "job", "status"), ("help", "nope"), ("job", "--help"),
        ("inspect", key("hello"), cls.job), ("config", "list", cls.job), ("config", "dump", cls.job)]

  @classmethod
  def tearDownClass(cls):
    shutil.rmtree(cls.folder)

  def test_a_full_disk(self):
    for words in self.commands:
      with self.subTest(words), open("/dev/full", "w") as full:
        self.assertEqual(run_to(full, *words, env=self.env), (1, FULL))

  def test_a_closed_output(self):
    for words in self.commands:
      with self.subTest(words):
        self.assertEqual(run_to(None, *words, env=self.env, close=True), (1, CLOSED))

  def test_a_reader_that_has_seen_enough(self):
    for words in self.commands:
      with self.subTest(words):
        code, err = run_to_gone_reader(*words, env=self.env)
        self.assertIn(code, (141, -signal.SIGPIPE))
        self.assertEqual(err, "")

  def test_what_prints_nothing_needs_no_output(self):
    self.assertEqual(run_to(None, "python", "-c", "pass", env=self.env, close=True), (0, ""))

  def test_a_locale_that_knows_ascii_only(self):
    env = dict(self.env, LANG="C", LC_ALL="C")
    with open(self.folder + "/name.aurora", "w") as out:
      out.write(job_text("hello", "echo \u00e9"))
    done = harness.run_client("inspect", key("hello"), self.folder + "/name.aurora", env=env)
    self.assertEqual((done.code, done.err), (0, ""), done)
    self.assertIn("echo \u00e9", done.out)


class TerminalTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.env = dict(cls.cluster.env, TERM="xterm")
    cls.env.pop("DIFF_VIEWER", None)
    path = cls.cluster.write("sleeps.aurora", job_text("sleeps", "sleep 1000", instances=2))
    done = cls.cluster.aurora("create", "--wait_until=RUNNING", key("sleeps"), path)
    assert done.code == 0, done
    cls.other = cls.cluster.write("other.aurora", job_text("sleeps", "sleep 2000", instances=2))

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def begin(self, *words):
    """A command that goes on; what it says on stderr is read by said()."""
    err = tempfile.TemporaryFile("w+", dir=self.cluster.folder)
    process = subprocess.Popen([AURORA] + list(words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err, env=self.env)
    self.addCleanup(err.close)
    self.addCleanup(process.wait)
    self.addCleanup(process.kill)

    def said():
      return os.pread(err.fileno(), 1 << 20, 0).decode()
    return process, said

  def test_status(self):
    for words in (("status",), ("job", "status")):
      code, out, err = Terminal(80).run(*words, key("sleeps"), env=self.env, stderr=None)
      self.assertEqual(code, 0, out)
      lines = out.splitlines()
      self.assertEqual(lines[0], key("sleeps") + ": 2 active (RUNNING)")
      self.assertRegex(lines[1], r"^(\033\[2m)?INSTANCE  STATE")
      self.assertRegex(lines[2], r"^       0  RUNNING +[0-9]+[sm]|now ")
      code, out, err = Terminal(20).run(*words, key("sleeps"), env=dict(self.env, NO_COLOR="1"), stderr=None)
      self.assertEqual([line for line in out.splitlines() if len(line) > 20], [])
      self.assertNotIn("\033", out)
      code, out, err = Terminal(80).run(*words, "--classic", key("sleeps"), env=self.env, stderr=None)
      self.assertIn("ctive ", out.splitlines()[0] if words[0] == "job" else out)
      self.assertIn("PENDING: ", out)
    self.assertTrue(self.cluster.aurora("job", "status", key("sleeps")).out.startswith("Active tasks (2):\n\tTask role: "))
    self.assertIn(" INFO] Active Tasks (2)\n", self.cluster.aurora("status", key("sleeps")).err)

  def test_a_difference(self):
    words = ("job", "diff", key("sleeps"), self.other)
    piped = self.cluster.aurora(*words)
    self.assertEqual(piped.code, 0, piped)
    self.assertIn("update instances: [0-1]\nwith diff:\n\n--- instances 0-1 of %s\n+++ %s\n@@ " % (key("sleeps"), self.other), piped.out)
    self.assertEqual([line for line in piped.out.splitlines() if line[:1] in "+-" and "sleep" in line and line[:3] not in ("+++", "---")],
                     ['-        "cmdline": "sleep 1000"', '+        "cmdline": "sleep 2000"'])
    self.assertNotIn("\033", piped.out)
    code, out, err = Terminal(80).run(*words, env=self.env)
    self.assertEqual(code, 0, err)
    self.assertIn('\033[31m-        "cmdline": "sleep 1000"\033[0m\n', out)
    self.assertNotIn("\033", Terminal(80).run(*words, env=dict(self.env, NO_COLOR="1"))[1])
    viewer = self.cluster.write("viewer", "#!/bin/sh\ntest -t 1 && echo has the terminal; grep -c 'sleep [12]000' \"$1\" \"$2\"; exit 1\n")
    os.chmod(viewer, 0o755)
    code, out, err = Terminal(80).run(*words, env=dict(self.env, DIFF_VIEWER=viewer))
    self.assertEqual((code, err), (0, ""))
    self.assertIn("has the terminal\n", out)
    classic = self.cluster.aurora("diff", key("sleeps"), self.other)
    self.assertEqual(sorted(line[:2] for line in classic.out.splitlines() if "sleep" in line), ["< ", "< ", "> ", "> "])
    without = self.cluster.aurora("diff", key("sleeps"), self.other, env=dict(self.env, PATH="/nowhere"))
    self.assertEqual(without.out, classic.out)

  def test_updates_are_watched_and_left(self):
    job = self.cluster.write("slow.aurora", job_text("slow", "sleep 1000", watch_secs=30))
    path = self.cluster.write("slower.aurora", job_text("slow", "sleep 2000", watch_secs=30))
    self.assertEqual(self.cluster.aurora("create", key("slow"), job).code, 0)
    process, said = self.begin("update", "start", "--wait", key("slow"), path)
    first = wait_for("it is begun", lambda: self.cluster.get("/v1/updates?role=%s&name=slow&active=true" % ROLE)["updates"])
    wait_for("it says what it waits for", lambda: "Waiting for update" in said())
    process.send_signal(signal.SIGINT)
    process.wait(harness.HANG_SECONDS)
    self.assertEqual(process.returncode, 130)
    self.assertTrue(said().endswith(
        "ERROR] Command interrupted by user\n WARN] The update goes on; `aurora update wait %s` watches again, "
        "`aurora update abort %s` ends it.\n" % (key("slow"), key("slow"))), said())
    again = self.cluster.aurora("update", "start", key("slow"), path)
    self.assertEqual((again.code, again.out), (10, ""))
    self.assertIn("before starting another: %s, started by" % first[0]["key"]["id"], again.err)
    refused = self.cluster.aurora("job", "killall", key("slow"))
    self.assertIn("Error: job is locked by an active update.", refused.err)
    self.assertEqual(self.cluster.aurora("update", "abort", key("slow")).code, 0)
    code, out, err = Terminal(80).run("update", "list", "devcluster/" + ROLE, env=self.env)
    self.assertIn(first[0]["key"]["id"], out)
    self.assertIn("ABORTED by", out)

  def test_why_a_job_waits_and_how_it_ended(self):
    text = job_text("huge", "true").replace("cpu = ", "cpu = 1000 + ")
    path = self.cluster.write("huge.aurora", text)
    process, said = self.begin("job", "create", "--wait-until", "RUNNING", key("huge"), path)
    wait_for("it says what it waits for", lambda: "PENDING: Insufficient: CPU on 1 of 1 hosts" in said())
    process.send_signal(signal.SIGINT)
    process.wait(harness.HANG_SECONDS)
    self.assertEqual(process.returncode, 130)
    self.assertIn("`aurora job killall %s` ends it." % key("huge"), said())
    once = job_text("fails", "exit 3").replace("Service(", "Job(")
    done = self.cluster.aurora("job", "create", "--wait-until", "FINISHED", key("fails"), self.cluster.write("fails.aurora", once))
    self.assertEqual(done.code, 4, done)
    self.assertRegex(done.err, r"Instances \[0\] FAILED: process '.*' exited with code 3\n")

  def test_a_refusal_that_is_no_update(self):
    done = self.cluster.aurora("admin", "scheduler_commit_recovery", "devcluster")
    self.assertNotEqual(done.code, 0)
    self.assertNotIn("update", done.err)


if __name__ == "__main__":
  unittest.main()
