"""What hosts say while nothing happens, and what a scheduler that has just started learns from it: everything."""
import json
import os
import unittest

import harness
from harness import http, key, wait_for

SLEEP = "exec sleep 3600"
HOSTS = 2


class BeatsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=HOSTS).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def setUp(self):
    self.started = []

  def tearDown(self):  # there is not room for all of them at once
    for name in self.started:
      self.cluster.aurora("killall", key(name))

  def figures(self):
    return json.loads(http(self.cluster.url + "/vars.json").body)

  def wait_beats(self, count):
    """Until that many more beats have said that nothing has changed; what was counted meanwhile."""
    before = self.figures()
    found = wait_for("%d beats" % count, lambda: self.grown(before, "host_beats_agreed") >= count and self.figures())
    return {name: found.get(name, 0) - before.get(name, 0) for name in found if name.startswith("host_")}

  def grown(self, before, name):
    return self.figures().get(name, 0) - before.get(name, 0)

  def connections(self):
    """How many the scheduler has with executors, by the ends that it has in /proc."""
    port = ":%04X" % int(self.cluster.url.rsplit(":", 1)[1])
    with open("/proc/net/tcp") as table:
      rows = [line.split() for line in list(table)[1:]]
    return {row[2] for row in rows if row[1].endswith(port) and row[3] == "01"}

  def sandbox(self, task):
    """By a process that works there."""
    for pid in harness.processes():
      try:
        folder = os.readlink("/proc/%d/cwd" % pid)
      except OSError:
        continue
      if task in folder and folder.endswith("/sandbox"):
        return folder
    raise AssertionError("no process works in the sandbox of " + task)

  def run_tasks(self, name, count, command=SLEEP):
    path = self.cluster.write(name + ".aurora", harness.job_text(name, command, instances=count))
    self.started.append(name)
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)
    return wait_for(name, lambda: self.running(name, count))

  def running(self, name, count):
    tasks = [task for task in self.cluster.tasks(name) if task["status"] == "RUNNING"]
    return len(tasks) == count and {task["taskId"]: task["taskEvents"] for task in tasks}

  def test_hosts_of_which_all_is_known_send_no_lists_over_one_connection_each(self):
    self.run_tasks("quiet", 4)
    self.wait_beats(HOSTS)
    kept = self.connections()
    said = self.wait_beats(3 * HOSTS)
    self.assertEqual(said.get("host_reports_complete", 0), 0, said)
    self.assertEqual(said.get("host_beats_differing", 0), 0, said)
    self.assertGreaterEqual(len(kept & self.connections()), HOSTS)

  def test_a_scheduler_that_starts_again_learns_all_of_it(self):
    before = self.run_tasks("known", 5)
    self.wait_beats(HOSTS)
    self.cluster.kill_child("scheduler")
    self.cluster.wait_ready()
    self.wait_beats(2 * HOSTS)  # they agree: both sides know the same again
    self.assertEqual(self.running("known", 5), before)
    self.assertGreaterEqual(self.figures()["host_reports_complete"], HOSTS)
    self.run_tasks("placed", 2)  # and it places

  def test_a_task_that_dies_with_its_scheduler_away_is_told_to_the_next(self):
    tasks = self.run_tasks("mortal", 2, "until [ -e end ]; do sleep 0.2; done; exit 1")
    self.wait_beats(HOSTS)
    victim = sorted(tasks)[0]
    self.cluster.kill_child("scheduler")
    with open(os.path.join(self.sandbox(victim), "end"), "w"):
      pass
    self.cluster.wait_ready()
    wait_for("its end", lambda: victim in {task["taskId"] for task in self.cluster.tasks("mortal")
                                           if task["status"] not in ("RUNNING", "STARTING")})
    self.wait_beats(HOSTS)


if __name__ == "__main__":
  unittest.main()
