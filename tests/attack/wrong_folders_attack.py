"""A scheduler that knows nothing, too little or somebody else's must not kill what runs: wrong folders, foreign schedulers."""
import os
import shutil
import time
import unittest

import attack
from daemons import HANG_SECONDS, flags_of_first_start, job, watch
from harness import http, key

WATCH_SECONDS = 10  # an empty folder killed everything within 7


class WrongFolders(attack.Attack):
  executors = 1
  healthy_instances = 3

  def setUp(self):
    super().setUp()
    self.others = []
    self.addCleanup(lambda: [other.kill() for other in self.others])

  def lost(self):
    """What has happened to healthy tasks, seen from their processes alone; None when nothing has."""
    for task_id, pids in self.healthy.items():
      if self.cluster.living(task_id) != pids:
        return "healthy task %s was process %s and is %s" % (task_id, pids, self.cluster.living(task_id))
    return None

  def run_instead(self, data_dir, what, *flags, secret_file=None):
    """Another scheduler on the port to which the executor reports. It may refuse to run, if it says so well."""
    if self.cluster.scheduler.is_alive():
      self.cluster.scheduler.signal(15)
      self.cluster.scheduler.process.wait(HANG_SECONDS)
    other = self.cluster.scheduler_on(data_dir, "other-%d" % len(self.others), secret_file=secret_file).start(*flags)
    self.others.append(other)
    found = watch(WATCH_SECONDS, lambda: self.lost() or (not other.is_alive() and "ended")) or self.lost()
    if found == "ended":
      words = other.last_words()
      self.assertIn(data_dir, words, what + ": a refusal names the folder")
      self.assertTrue(attack.is_sentence(words), words)
      found = self.lost()
    self.assertIsNone(found, what)
    return other

  def assert_back(self, what):
    """With the right scheduler again everything is as it was."""
    for other in self.others:
      other.kill()
    if not self.cluster.scheduler.is_alive():
      self.cluster.scheduler.start()
    self.cluster.wait_ready()
    self.assert_hosts_report(what)
    self.assert_unharmed(what, 2)

  def foreign_folder(self, name):
    """The data of another cluster with a job of its own."""
    folder = os.path.join(self.cluster.folder, name)
    maker = self.cluster.scheduler_on(folder, name, port=self.cluster.port + 20).start(*flags_of_first_start())
    self.others.append(maker)
    url = "http://127.0.0.1:%d" % (self.cluster.port + 20)
    self.cluster.wait_served(maker, self.cluster.port + 20)
    self.assertEqual(self.cluster.post("/v1/jobs", job("foreign", self.cluster.life_command("stay")), url=url).status, 201)
    maker.signal(15)
    maker.process.wait(HANG_SECONDS)
    return folder

  def test_an_empty_folder(self):
    self.run_instead(os.path.join(self.cluster.folder, "empty"), "a scheduler on an empty folder")
    self.assert_back("after a scheduler on an empty folder")

  def test_the_folder_of_another_cluster(self):
    self.run_instead(self.foreign_folder("foreign-1"), "a scheduler on another cluster's folder")
    self.assertEqual([life for life in self.cluster.lives() if "-foreign-" in life.task], [], "another cluster's job ran here")
    self.assert_back("after a scheduler on another cluster's folder")

  def test_a_new_cluster_on_the_port_of_ours(self):
    self.run_instead(os.path.join(self.cluster.folder, "new"), "a new cluster on our port", *flags_of_first_start())
    self.assert_back("after another cluster on our port")

  def test_an_older_copy_of_its_own_folder(self):
    """What it has forgotten runs on, is listed, and is there when the newer folder is back."""
    self.cluster.scheduler.signal(15)
    self.cluster.scheduler.process.wait(HANG_SECONDS)
    older = os.path.join(self.cluster.folder, "older")
    shutil.copytree(self.cluster.data_dir, older)
    self.cluster.scheduler.start()
    self.cluster.wait_ready()
    self.cluster.create("younger", instances=2)
    self.healthy.update({task["taskId"]: self.cluster.living(task["taskId"]) for task in self.cluster.wait_running("younger", 2)})
    other = self.run_instead(older, "a scheduler on an older copy of its folder")
    if other.is_alive() and "admin" in self.cluster.aurora("help").out:
      listed = self.cluster.aurora("admin", "unknown_tasks", "devcluster")
      for task in self.healthy:
        if "-younger-" in task:
          self.assertIn(task, listed.out, listed)
    for task_id in [task for task in self.healthy if "-younger-" in task]:
      self.healthy.pop(task_id)
      self.assertEqual(len(self.cluster.living(task_id)), 1)
    self.assert_back("after an older copy")
    self.assertEqual(self.cluster.aurora("killall", key("younger")).code, 0)


class ForeignSchedulers(WrongFolders):
  """The same executor, to which another cluster's scheduler gives orders."""

  test_an_empty_folder = test_the_folder_of_another_cluster = None
  test_a_new_cluster_on_the_port_of_ours = test_an_older_copy_of_its_own_folder = None

  def test_a_foreign_scheduler_with_a_job_under_our_name(self):
    """It has a job with the key of ours, of which it wants to start all instances and to kill none, or all."""
    folder = self.foreign_folder("rival")
    rival = self.run_instead(folder, "a rival", *[])
    if rival.is_alive():
      for name in (attack.HEALTHY, "foreign"):
        self.cluster.post("/v1/jobs", job(name, self.cluster.life_command("stay")))
        time.sleep(2)
        self.assertIsNone(self.lost(), "the rival has created %s" % name)
        self.cluster.post("/v1/jobs/%s/devel/%s/kill" % (attack.daemons.ROLE, name), {})
        time.sleep(2)
        self.assertIsNone(self.lost(), "the rival has killed %s" % name)
    self.assertEqual([life for life in self.cluster.lives() if "-foreign-" in life.task], [], "the rival's job ran here")
    self.assert_back("after a rival")

  def test_orders_without_the_secret(self):
    body = '{"taskIds": ["%s"]}' % sorted(self.healthy)[0]
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer " + "0" * 32}, {"Authorization": self.cluster.secret}):
      reply = http(self.cluster.host_url(0) + "/v1/kill", body, headers=dict(headers, **{"Content-Type": "application/json"}))
      self.assertIn(reply.status, (401, 403), reply.body)
    self.assert_unharmed("kills without the secret", 2)


if __name__ == "__main__":
  unittest.main()
