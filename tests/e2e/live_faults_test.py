"""Who looks on while something breaks: logs, watch, events, top and exec go on, or end with a word. One devcluster each: its scheduler
is killed with -9, its executors are stopped for seconds, killed with -9, or ended for good; it starts what was killed again."""
import os
import signal
import subprocess
import time
import unittest

import harness
from harness import AURORA, HANG_SECONDS, job_text, key, wait_for

TICKER = "i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.1; done"
BEATER = "i=0; while [ ! -e stop ]; do echo beat $i; i=$((i+1)); sleep 0.1; done; exit 5"
STALL_SECONDS = 6  # several times what an idle read waits


class Looker:
  """A client that goes on, with what it has written so far."""

  def __init__(self, cluster, name, *words):
    self.paths = [os.path.join(cluster.folder, name + end) for end in (".out", ".err")]
    with open(self.paths[0], "w") as out, open(self.paths[1], "w") as err:
      self.process = subprocess.Popen([AURORA] + list(words), env=cluster.env, cwd=cluster.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

  def out(self):
    with open(self.paths[0]) as text:
      return text.read()

  def err(self):
    with open(self.paths[1]) as text:
      return text.read()

  def wait(self, seconds=HANG_SECONDS):
    return self.process.wait(seconds)

  def close(self):
    if self.process.poll() is None:
      self.process.kill()
      self.process.wait()


class LiveFaultsTest(unittest.TestCase):
  def setUp(self):
    flags = harness.QUICK + ["--thermos_executor_cpu=0"]
    self.cluster = harness.Cluster(executors=2, flags=flags).start()
    self.addCleanup(self.cluster.close)
    path = self.cluster.write("tick.aurora", job_text("tick", TICKER, instances=2))
    self.assertEqual(self.cluster.aurora("job", "create", "--wait-until", "RUNNING", key("tick"), path).code, 0)

  def look(self, name, *words):
    looker = Looker(self.cluster, name, *words)
    self.addCleanup(looker.close)
    return looker

  def look_at_all(self):
    self.logs = self.look("logs", "job", "logs", "-f", key("tick"), "--tail", "1")
    self.watch = self.look("watch", "job", "watch", key("tick"))
    self.events = self.look("events", "events", "devcluster", "-f", "-n", "1")
    self.top = self.look("top", "top", key("tick"), "--interval", "1")
    self.exec = self.look("exec", "task", "exec", key("tick") + "/0", "--", "sh", "-c", BEATER)
    wait_for("logs of both", lambda: self.has_both(self.logs.out()))
    wait_for("a watcher", lambda: "2 RUNNING" in self.watch.out())
    wait_for("events", lambda: "RUNNING" in self.events.out())
    wait_for("a table", lambda: "INSTANCE" in self.top.out())
    wait_for("a command", lambda: "beat 1\n" in self.exec.out())

  @staticmethod
  def has_both(text):
    return "[0] tick" in text and "[1] tick" in text

  def check_all_go_on(self):
    """What happens from now on is seen."""
    at = len(self.logs.out())
    wait_for("new lines of both instances", lambda: self.has_both(self.logs.out()[at:]))
    tops = len(self.top.out())
    wait_for("another table", lambda: "INSTANCE" in self.top.out()[tops:])
    watched, told = len(self.watch.out()), len(self.events.out())
    done = self.cluster.aurora("job", "restart", "--watch-secs=1", key("tick") + "/1")
    self.assertEqual(done.code, 0, done)
    wait_for("the watcher sees the restart", lambda: "RUNNING" in self.watch.out()[watched:])
    wait_for("so does who follows events", lambda: "devel/tick/1" in self.events.out()[told:])
    after = self.cluster.aurora("task", "exec", key("tick") + "/1", "--", "cat", ".logs/tick/0/stdout").out.splitlines()[-1]
    wait_for("lines of its new task", lambda: "[1] %s\n" % after in self.logs.out()[at:])
    for looker in (self.logs, self.watch, self.events, self.top):
      self.assertIsNone(looker.process.poll(), looker.err())

  def check_lines(self):
    """None is missing, and none comes twice."""
    ticks = [int(line.split()[2]) for line in self.logs.out().splitlines() if line.startswith("[0] tick")]
    self.assertEqual(ticks, list(range(ticks[0], ticks[0] + len(ticks))), self.logs.err())

  def check_command_ends(self):
    """With the code of its own, and all that it wrote."""
    task = [task for task in self.cluster.tasks("tick", True) if task["instanceId"] == 0][0]
    with open(os.path.join(self.cluster.task_page(task)["sandbox"], "stop"), "w"):
      pass
    self.assertEqual(self.exec.wait(), 5, self.exec.err())
    beats = self.exec.out().splitlines()
    self.assertEqual(beats, ["beat %d" % i for i in range(len(beats))])

  def check_all_end(self):
    for looker in (self.logs, self.watch, self.events, self.top):
      looker.process.send_signal(signal.SIGINT)
    for looker in (self.logs, self.watch, self.events, self.top):
      self.assertIn(looker.wait(), (0, 130), looker.err())

  def test_a_scheduler_that_is_killed(self):
    self.look_at_all()
    for _ in range(2):
      self.cluster.kill_child(" scheduler ")
      self.cluster.wait_ready()
    self.check_all_go_on()
    self.check_lines()
    self.check_all_end()
    if self.exec.process.poll() is None:
      self.check_command_ends()
    else:
      self.assertEqual(self.exec.wait(), 255)
      self.assertIn("The connection is lost", self.exec.err())

  def test_an_executor_that_stands_still(self):
    self.look_at_all()
    stopped = [pid for pid, (parent, command) in harness.processes().items() if parent == self.cluster.process.pid and " executor " in command]
    self.assertEqual(len(stopped), 2)
    for pid in stopped:
      os.kill(pid, signal.SIGSTOP)
    time.sleep(STALL_SECONDS)  # the stall itself
    for pid in stopped:
      os.kill(pid, signal.SIGCONT)
    self.check_all_go_on()
    self.check_lines()
    self.check_command_ends()
    self.check_all_end()

  def test_an_executor_that_is_killed(self):
    self.look_at_all()
    for host in ("devcluster-1", "devcluster-2"):
      self.cluster.kill_child(" executor ", "--hostname=" + host)
    self.assertEqual(self.exec.wait(), 255, self.exec.err())
    self.assertIn("The connection is lost", self.exec.err())
    self.cluster.wait_ready()
    self.check_all_go_on()
    self.check_lines()
    self.check_all_end()

  def test_all_that_is_killed(self):
    self.look_at_all()
    self.assertEqual(self.cluster.aurora("job", "killall", "--no-batching", key("tick")).code, 0)
    self.assertEqual(self.logs.wait(), 0, self.logs.err())
    self.assertEqual(self.watch.wait(), 0, self.watch.err())
    self.assertNotEqual(self.exec.wait(), 0)
    self.assertTrue(self.exec.err().strip(), "the command's end is told")
    wait_for("its end among the events", lambda: "KILLED" in self.events.out())


if __name__ == "__main__":
  unittest.main()
