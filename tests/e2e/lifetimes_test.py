"""Nothing that runs is doubled, told twice, cut short or left behind, whoever dies in between."""
import os
import shutil
import signal
import time
import unittest

import harness
from harness import PORT, ROLE, find_processes, key, processes, wait_for

DAEMON = ("(setsid bash -c 'trap \"sleep 2; echo yes > clean; exit\" TERM; echo $$ > daemon; while :; do sleep 0.1; done' &); "
          "while ! [ -s daemon ]; do sleep 0.1; done; echo started; ")
DETACHED = "(setsid sleep 3601 &); (setsid sleep 3601 &); echo started; exec sleep 3600"
# Six times: fork in a session of its own and exit, as long as nobody ends it (two minutes at most).
CHAINS = ("cat > chain <<'END'\n[ $(( $(date +%s) - $1 )) -lt 120 ] && setsid bash chain $1 &\nEND\n"
          "now=$(date +%s); for i in 1 2 3 4 5 6; do setsid bash chain $now & done; echo started; exec sleep 3600")


def living(sandbox):
  """What runs of the task, wherever it has gone: pid -> command line."""
  found = {}
  for pid, (_, command) in processes().items():
    try:
      with open("/proc/%d/environ" % pid, "rb") as environment:
        if b"HOME=" + sandbox.encode() in environment.read().split(b"\0"):
          found[pid] = command
    except OSError:
      continue
  return found


class LifetimesTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, command, cluster=None, wait=True, **more):
    cluster = cluster or self.cluster
    path = cluster.write(name + ".aurora", harness.job_text(name, command, **more))
    done = cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)
    if not wait:
      return None
    task = cluster.wait_task(name, "RUNNING", 60)
    wait_for("output of " + name, lambda: "started" in cluster.output(task, name), 60)
    return task

  def killall(self, name, cluster=None):
    done = (cluster or self.cluster).aurora("killall", key(name))
    self.assertEqual(done.code, 0, done)

  def sandbox(self, task, cluster=None):
    return (cluster or self.cluster).task_page(task)["sandbox"]

  def supervisors(self, task, cluster=None):
    """The task's runner and the runner's parent."""
    cluster = cluster or self.cluster
    runner = [pid for pid in find_processes("aurora runner " + cluster.dir) if task["taskId"] in processes()[pid][1]][0]
    return runner, processes()[runner][0]

  def test_a_runner_that_is_born_late_is_no_twin(self):
    """Its parent stands still, and its executor dies meanwhile: the next one waits for it and delays nobody."""
    first = self.create("first", "echo started; exec sleep 3600")
    _, nursery = self.supervisors(first)
    os.kill(nursery, signal.SIGSTOP)
    try:
      late = "sleep %d" % (3_000_000 + os.getpid())  # nobody else's on this machine
      self.create("late", "echo started; exec " + late, wait=False)
      task = wait_for("the task waits to be born", lambda: [
          t for t in self.cluster.tasks("late") if os.path.exists(self.checkpoint(first, t))])[0]
      self.cluster.kill_child("executor")
      self.cluster.wait_ready(60)
      self.create("other", "echo started; exec sleep 3600")  # is not delayed
      time.sleep(8)  # longer than it was once waited for
    finally:
      os.kill(nursery, signal.SIGCONT)
    running = self.cluster.wait_task("late", "RUNNING", 60)
    self.assertEqual(running["taskId"], task["taskId"])
    wait_for("its process", lambda: find_processes(late))
    self.assertEqual(len(find_processes(late)), 1)
    self.assertEqual([t["taskId"] for t in self.cluster.tasks("late")], [task["taskId"]])
    for name in ("late", "other", "first"):
      self.killall(name)
    self.assertEqual(find_processes(late), [])

  def checkpoint(self, known, task):
    runner, _ = self.supervisors(known)
    folder = processes()[runner][1].split()[-1]
    return os.path.join(os.path.dirname(folder), task["taskId"], "checkpoint")

  def test_one_kill_is_one_sigterm_and_sixty_seconds(self):
    """Also with an executor and a scheduler that begin again in between; the runner itself ends it."""
    task = self.create("deaf", "trap 'echo term >> terms' TERM; echo started; while :; do sleep 0.1; done")
    sandbox = self.sandbox(task)
    runner, _ = self.supervisors(task)
    began = time.monotonic()
    client = self.cluster.popen("killall", key("deaf"))
    wait_for("a SIGTERM", lambda: os.path.exists(sandbox + "/terms"))
    self.cluster.kill_child("executor")
    time.sleep(10)
    self.cluster.kill_child("scheduler")
    self.cluster.wait_ready(60)
    wait_for("its end", lambda: not living(sandbox), 100)
    self.assertTrue(58 <= time.monotonic() - began <= 68, time.monotonic() - began)
    with open(sandbox + "/terms") as terms:
      self.assertEqual(terms.read(), "term\n")
    wait_for("the end of its runner", lambda: runner not in processes())
    client.communicate(timeout=100)
    ended = wait_for("it is known", lambda: [
        t for t in self.cluster.tasks("deaf") if t["taskId"] == task["taskId"] and t["status"] == "KILLED"], 60)[0]
    states = [status["state"] for status in self.cluster.task_page(ended)["statuses"]]
    self.assertEqual(states, ["ACTIVE", "ACTIVE", "CLEANING", "KILLED"])

  def test_what_detached_has_its_time(self):
    task = self.create("daemon", DAEMON + "exec sleep 3600")
    sandbox = self.sandbox(task)
    self.killall("daemon")
    self.assertTrue(os.path.exists(sandbox + "/clean"))
    self.assertEqual(living(sandbox), {})

  def test_what_detached_has_its_time_when_its_task_ends_by_itself(self):
    path = self.cluster.write("ender.aurora", harness.job_text("ender", DAEMON).replace("Service(", "Job("))
    self.assertEqual(self.cluster.aurora("create", key("ender"), path).code, 0)
    task = self.cluster.wait_task("ender", "FINISHED", 60)
    sandbox = self.sandbox(task)
    self.assertTrue(os.path.exists(sandbox + "/clean"))
    self.assertEqual(living(sandbox), {})

  def assert_nothing_outlives(self, cluster, prefix):
    for name, command in ((prefix + "-detached", DETACHED), (prefix + "-chains", CHAINS)):
      for victims in ("runner", "runner and nursery", "all"):
        with self.subTest(name=name, victims=victims):
          task = self.create(name, command, cluster)
          sandbox = self.sandbox(task, cluster)
          runner, nursery = self.supervisors(task, cluster)
          if victims == "all":
            os.kill(cluster.child("executor"), signal.SIGSTOP)
          if victims != "runner":
            os.kill(nursery, signal.SIGKILL)
          os.kill(runner, signal.SIGKILL)
          if victims == "all":
            cluster.kill_child("executor")
            cluster.wait_ready(60)
          wait_for("the end is known", lambda: [
              t for t in cluster.tasks(name) if t["taskId"] == task["taskId"] and not t["isActive"]], 60)
          wait_for("nothing is left of " + name, lambda: not living(sandbox) and not living(sandbox), 60)
          self.killall(name, cluster)

  def test_nothing_outlives_its_task(self):
    self.assert_nothing_outlives(self.cluster, "root")

  @unittest.skipUnless(harness.IS_ROOT, "needs another user")
  def test_nothing_outlives_its_task_where_the_executor_is_not_root(self):
    cluster = harness.Cluster(port=PORT + 50)
    self.addCleanup(cluster.close)
    for folder in (cluster.folder, cluster.home):
      shutil.chown(folder, ROLE)
    cluster.env["LOGNAME"] = ROLE
    cluster.user = ROLE
    cluster.start()
    self.assert_nothing_outlives(cluster, "user")


if __name__ == "__main__":
  unittest.main()
