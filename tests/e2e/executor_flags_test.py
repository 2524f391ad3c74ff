"""Thermos' flags of the executor: who processes are, what they inherit, where their output goes (spec/thermos-executor.md §9, §17)."""
import glob
import os
import unittest

import harness
from harness import IS_ROOT, ROLE, USER, key, wait_for

OTHER = "daemon"  # a user whom every Linux has

JOB = """
own = Logger(destination='file', mode='standard')
jobs = [Job(cluster='devcluster', role=%r, environment='devel', name='flags', task=Task(name='flags',
  resources=Resources(cpu=0.1, ram=64*MB, disk=64*MB), processes=[
    Process(name='who', cmdline='id -un; stat -c %%U .; echo $FLAGGED; echo $HOME; env | grep -c ^PATH='),
    Process(name='flood', cmdline='head -c 3500000 /dev/zero | tr "\\\\0" x'),
    Process(name='own', cmdline='head -c 3500000 /dev/zero | tr "\\\\0" x', logger=own)]))]
""" % ROLE


class ExecutorFlagsTest(unittest.TestCase):
  def run_job(self, *flags):
    """The sandbox of a finished task on a cluster whose executor has these flags."""
    cluster = harness.Cluster(flags=harness.QUICK + ["--executor-" + flag for flag in flags], env={"FLAGGED": "inherited"})
    self.addCleanup(cluster.close)
    cluster.start()
    done = cluster.aurora("create", key("flags"), cluster.write("flags.aurora", JOB))
    self.assertEqual(done.code, 0, done)
    task = wait_for("the task is over", lambda: [t for t in cluster.tasks("flags") if not t["isActive"]])[0]
    self.assertEqual(task["status"], "FINISHED", task)
    return cluster.task_page(task)["sandbox"]

  def log(self, sandbox, process):
    with open("%s/.logs/%s/0/stdout" % (sandbox, process)) as text:
      return text.read()

  def test_by_default(self):
    sandbox = self.run_job()
    role = ROLE if IS_ROOT else USER
    self.assertEqual(self.log(sandbox, "who").split("\n"), [role, role, "", sandbox, "1", ""])
    self.assertEqual(len(self.log(sandbox, "flood")), 3500000)

  @unittest.skipUnless(IS_ROOT, "needs root")
  def test_another_user_the_environment_and_loggers(self):
    sandbox = self.run_job("execute_as_user=" + OTHER, "preserve_env", "runner_logger_destination=both",
                           "runner_logger_mode=rotate", "runner_rotate_log_size_mb=1", "runner_rotate_log_backups=2")
    self.assertEqual(self.log(sandbox, "who").split("\n"), [OTHER, OTHER, "inherited", sandbox, "1", ""])
    sizes = {os.path.basename(path): os.path.getsize(path) for path in glob.glob(sandbox + "/.logs/flood/0/stdout*")}
    self.assertEqual(sorted(sizes), ["stdout", "stdout.1", "stdout.2"])
    self.assertLess(max(sizes.values()), 1200000)
    self.assertGreater(os.path.getsize(os.path.dirname(sandbox) + "/stdout"), 3500000)  # the console's
    self.assertEqual(len(self.log(sandbox, "own")), 3500000)  # who has a logger has all of it

  @unittest.skipUnless(IS_ROOT, "needs root")
  def test_no_change_of_user(self):
    sandbox = self.run_job("nosetuid")
    self.assertEqual(self.log(sandbox, "who").split("\n")[:2], [USER, USER])


if __name__ == "__main__":
  unittest.main()
