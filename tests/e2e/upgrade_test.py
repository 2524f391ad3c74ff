"""The executor's program is replaced while its tasks run: these stay with their runners, and what is new is of the new program."""
import json
import os
import shutil
import signal
import unittest

import daemons
import harness
import images
from daemons import DaemonCluster, nursery_of, payload, runner_of
from harness import IS_ROOT, find_processes, wait_for

CHECK = {"health_check_config": {"health_checker": {"shell": {"shell_command": "date +%s%N >> checked"}}, "interval_secs": 1,
                                 "initial_interval_secs": 1, "max_consecutive_failures": 0}}


def version_of(pid):
  """What the program that the process runs ends with, even if it has no name any more."""
  with open("/proc/%d/exe" % pid, "rb") as program:
    program.seek(-9, os.SEEK_END)
    return program.read().decode("ascii", "replace")


@unittest.skipUnless(IS_ROOT and shutil.which("crun"), "needs root and crun")
class UpgradeTest(unittest.TestCase):
  def setUp(self):
    self.cluster = DaemonCluster(executors=1, flags=harness.QUICK + ["--allowed_container_types=MESOS"])
    self.addCleanup(self.end_sleeps)  # in an image nothing of a process names the cluster
    self.addCleanup(self.cluster.close)
    folder = os.path.join(self.cluster.folder, "images")
    images.make_root(os.path.join(folder, "plain"), "plain")
    self.host = self.cluster.hosts[0]
    self.host.words.append("--image_dir=" + folder)
    self.host.program = os.path.join(self.cluster.folder, "aurora")
    self.install("version A")
    self.cluster.start()

  @staticmethod
  def end_sleeps():
    for pid in find_processes("sleep 515"):
      os.kill(pid, signal.SIGKILL)

  def install(self, version):
    new = self.host.program + ".new"
    shutil.copy(harness.AURORA, new)
    with open(new, "ab") as program:
      program.write(version.encode())
    os.rename(new, self.host.program)

  def create(self, name, command, data=None, **more):
    reply = self.cluster.post("/v1/jobs", daemons.job(name, command, data=data, **more))
    self.assertEqual(reply.status, 201, reply.body)
    return self.running(name)

  def running(self, name):
    return wait_for(name + " runs", lambda: [t for t in self.cluster.tasks(name) if t["status"] == "RUNNING"])[0]["taskId"]

  def restart(self, number=signal.SIGTERM):
    self.host.signal(number)
    self.host.process.wait()
    self.host.start()
    self.cluster.wait_ready()

  def count_checks(self, task_id):
    found = [top for top, _, names in os.walk(self.cluster.work_dir(0)) if task_id in top and "checked" in names]
    with open(found[0] + "/checked") as lines:
      return len(lines.readlines())

  def test_a_new_program(self):
    tasks = {"plain": self.create("plain", "exec sleep 5151"),
             "checked": self.create("checked", "", json.dumps(dict(payload("checked", [("main", "exec sleep 5152")]), **CHECK))),
             "imaged": self.create("imaged", "exec sleep 5153",
                                   container={"mesos": {"image": {"docker": {"name": "plain", "tag": "latest"}}}})}
    sleeps = {seconds: wait_for("it sleeps", lambda s=seconds: find_processes("sleep %d" % s)) for seconds in (5151, 5152, 5153)}
    runners = {name: wait_for("its runner", lambda t=task_id: runner_of(t)) for name, task_id in tasks.items()}
    self.assertEqual({version_of(pid) for pid in runners.values()}, {"version A"})
    old_nursery = nursery_of(self.cluster.state_dir(0))

    self.install("version B")
    self.restart()

    def check_untouched():
      self.assertEqual({s: find_processes("sleep %d" % s) for s in sleeps}, sleeps)
      self.assertEqual({name: self.running(name) for name in tasks}, tasks)
      self.assertEqual({name: runner_of(task_id) for name, task_id in tasks.items()}, runners)
      self.assertEqual({version_of(pid) for pid in runners.values()}, {"version A"})

    check_untouched()
    self.assertEqual(version_of(self.host.process.pid), "version B")
    checks = self.count_checks(tasks["checked"])
    wait_for("it is checked on", lambda: self.count_checks(tasks["checked"]) > checks + 1)
    after = self.create("after", "exec sleep 5154")
    self.assertEqual(version_of(wait_for("its runner", lambda: runner_of(after))), "version B")

    os.kill(old_nursery, signal.SIGKILL)
    new_nursery = wait_for("the new one is there alone", lambda: {nursery_of(self.cluster.state_dir(0))} - {old_nursery, None}).pop()
    self.assertEqual(version_of(new_nursery), "version B")
    os.kill(new_nursery, signal.SIGKILL)
    self.create("later", "exec sleep 5155")
    self.restart(signal.SIGKILL)
    check_untouched()
    self.assertEqual(self.running("after"), after)

    for name in list(tasks) + ["after", "later"]:
      self.assertEqual(self.cluster.aurora("killall", "devcluster/%s/devel/%s" % (harness.ROLE, name)).code, 0)
    wait_for("nothing runs any more", lambda: not find_processes("sleep 515"))
    for name, task_id in tasks.items():
      ended = [t for t in self.cluster.tasks(name) if t["taskId"] == task_id][0]
      self.assertEqual(ended["status"], "KILLED", ended)
    wait_for("no runner is left", lambda: not find_processes("runner " + self.cluster.state_dir(0)))


if __name__ == "__main__":
  unittest.main()
