"""A host whose disk is full: its tasks fail with a reason that says so, everything else goes on, and so do they when
space returns."""
import os
import unittest

import harness
from harness import IS_ROOT, http, key, wait_for
from traces import Traces


class SmallDisks(harness.Cluster):
  """Sandboxes on one small disk, the executor's records on another; both exist only for the cluster's processes."""

  def __init__(self, sandboxes="nr_inodes=150", records="size=4m", flags=()):
    super().__init__(flags=flags)
    self.sandboxes, self.records = sandboxes, records

  def command(self):
    mount = "mount -t tmpfs -o mode=755,%s none %s/%s"
    script = "set -e; mkdir -p {0}/slaves {0}/executors; {1}; {2}; exec \"$@\"".format(
        self.dir, mount % (self.sandboxes, self.dir, "slaves"), mount % (self.records, self.dir, "executors"))
    allowed = [] if IS_ROOT else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", "--mount"] + allowed + ["sh", "-c", script, "sh"] + super().command()

  def inside(self, path):
    """A path as the cluster sees it."""
    return "/proc/%d/root%s/%s" % (self.process.pid, self.dir, path)

  def fill_sandboxes(self):
    for number in range(1000):
      try:
        os.mkdir(self.inside("slaves/filler%d" % number))
      except OSError as error:
        return self.assert_full(error)
    raise AssertionError("1000 folders and still not full")

  def fill_records(self):
    self.fill("executors")

  def fill(self, disk):
    """To its last byte."""
    with open(self.inside(disk + "/filler"), "wb", buffering=0) as out:
      for size in (65536, 512, 1):
        try:
          while True:
            out.write(b"x" * size)
        except OSError as error:
          self.assert_full(error)

  @staticmethod
  def assert_full(error):
    if "No space left" not in str(error):
      raise error

  def empty_sandboxes(self):
    for name in os.listdir(self.inside("slaves")):
      if name.startswith("filler"):
        os.rmdir(self.inside("slaves/" + name))

  def empty_records(self):
    self.empty("executors")

  def empty(self, disk):
    os.unlink(self.inside(disk + "/filler"))

  def records_of(self, task):
    """The folder of the executor's records of the task, as we see it."""
    return self.inside("executors/devcluster-1/tasks/" + task["taskId"])


class FullDiskTest(unittest.TestCase):
  def setUp(self):
    self.cluster = SmallDisks().start()
    self.addCleanup(self.cluster.close)
    self.traces = Traces(self.cluster)

  def tearDown(self):
    for name in ("survivor", "victim", "squeezed"):
      self.cluster.aurora("killall", key(name))
    self.traces.assert_nothing_more()

  def create(self, name, command="while true; do echo on; sleep 0.2; done"):
    path = self.cluster.write(name + ".aurora", harness.job_text(name, command))
    self.assertEqual(self.cluster.aurora("create", key(name), path).code, 0)

  def check_refused(self, name):
    """The job's task FAILED for want of room, and page and client say so."""
    task = self.cluster.wait_task(name, "FAILED")
    self.assertRegex(task["statusReason"], r"^Failed to initialize sandbox: cannot \w+.* /\S+: No space left on device$")
    self.assertIn("No space left on device", self.cluster.aurora("job", "status", key(name)).out)

  def check_goes_on(self, task, name):
    self.assertEqual(self.cluster.wait_task(name, "RUNNING")["taskId"], task["taskId"])
    self.assertEqual(http(self.cluster.executor_url(task) + "/health").status, 200)
    self.assertTrue(self.cluster.get("/v1/hosts")["hosts"][0]["isConnected"])

  def test_no_room_for_sandboxes(self):
    self.create("survivor")
    survivor = self.cluster.wait_task("survivor", "RUNNING")
    self.cluster.fill_sandboxes()
    self.create("squeezed")
    self.check_refused("squeezed")
    self.check_goes_on(survivor, "survivor")
    self.cluster.empty_sandboxes()
    self.cluster.wait_task("squeezed", "RUNNING", 30)
    self.check_goes_on(survivor, "survivor")

  def test_no_room_for_the_executors_records(self):
    self.create("survivor")
    self.create("victim")
    survivor = self.cluster.wait_task("survivor", "RUNNING")
    victim = self.cluster.wait_task("victim", "RUNNING")
    self.cluster.fill_records()
    self.create("squeezed")
    self.check_refused("squeezed")
    # Room for this was put aside: a task is killed, and how it ended is in journal and checkpoint.
    self.assertEqual(self.cluster.aurora("killall", key("victim")).code, 0)
    self.assertEqual(self.cluster.wait_task("victim", "KILLED")["taskId"], victim["taskId"])
    self.assertEqual(self.cluster.task_page(victim)["state"], "KILLED")
    # The executor starts on a full disk and finds everything.
    self.cluster.kill_child(" executor ")
    self.cluster.wait_ready()
    wait_for("the task is found again", lambda: self.cluster.task_page(survivor)["state"] == "ACTIVE")
    self.check_goes_on(survivor, "survivor")
    self.assertEqual(self.cluster.task_page(victim)["state"], "KILLED")
    self.cluster.empty_records()
    self.cluster.wait_task("squeezed", "RUNNING", 30)
    self.check_goes_on(survivor, "survivor")


if __name__ == "__main__":
  unittest.main()
