"""What the attacks share: a cluster with healthy tasks on every host, and the proof that nothing happened to them."""
import contextlib
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import daemons  # noqa: E402
from daemons import HANG_SECONDS, DaemonCluster  # noqa: E402
from harness import http, wait_for  # noqa: E402

SHORT = os.environ.get("AURORA_ATTACK_SHORT") == "1"
SEED = int(os.environ.get("AURORA_ATTACK_SEED", "1"))
HEALTHY = "healthy"


def dice(name):
  """Randomness that only the seed and the name decide."""
  return random.Random("%d %s" % (SEED, name))


def is_sentence(text):
  return isinstance(text, str) and len(text) >= 20 and text.count(" ") >= 3


class Attack(unittest.TestCase):
  """A cluster for the tests of one file; one that an attack has ruined is replaced for the next."""

  executors = 2
  flags = ["--host_timeout=15secs", "--initial_flapping_task_delay=1secs", "--max_flapping_task_delay=2secs"]
  healthy_instances = 4
  cluster = None

  @classmethod
  def tearDownClass(cls):
    if cls.cluster:
      cls.cluster.close()
      cls.cluster = None

  def setUp(self):
    self.troubles = []
    self.addCleanup(self.end_parts)
    cls = type(self)
    if cls.cluster is None:
      cls.cluster = DaemonCluster(executors=cls.executors, flags=cls.flags).start()
      cls.cluster.create(HEALTHY, instances=cls.healthy_instances, constraints=[
          {"name": "host", "constraint": {"limit": {"limit": -(-cls.healthy_instances // cls.executors)}}}])
    tasks = self.cluster.wait_running(HEALTHY, self.healthy_instances)
    self.former = {task["taskId"] for task in self.cluster.tasks(HEALTHY)}
    self.healthy = {task["taskId"]: self.cluster.living(task["taskId"]) for task in tasks}
    self.assertEqual({len(pids) for pids in self.healthy.values()}, {1}, self.healthy)

  def run(self, result=None):
    """After a failure nobody knows what state the cluster is in: the next test gets another."""
    before = len(result.failures) + len(result.errors)
    super().run(result)
    if len(result.failures) + len(result.errors) > before:
      self.tearDownClass()
    return result

  @contextlib.contextmanager
  def part(self, what):
    """One of many small attacks: the others go on after it has succeeded, and the test fails at its end."""
    try:
      yield
    except AssertionError as error:
      self.troubles.append("%s: %s" % (what, error))

  def end_parts(self):
    self.assertEqual(len(self.troubles), 0, "\n" + "\n".join(self.troubles))

  def harm(self):
    """What is wrong with daemons, hosts and healthy tasks now; None when all is well."""
    for daemon in self.cluster.daemons():
      if not daemon.is_alive():
        return "%s has ended: %s" % (daemon.name, daemon.last_words())
    for task_id, pids in self.healthy.items():
      now = self.cluster.living(task_id)
      if now != pids:
        return "healthy task %s was process %s and is %s" % (task_id, pids, now)
    try:
      if len(self.cluster.connected_hosts()) != self.executors:
        return "a host was given up: only %s are connected" % self.cluster.connected_hosts()
      for task in self.cluster.tasks(HEALTHY):
        if task["taskId"] in self.former - set(self.healthy):
          continue  # an earlier test had the right to end it
        if task["taskId"] not in self.healthy:
          return "a second task of the healthy job: %s" % self.cluster.summary(HEALTHY)
        if task["status"] != "RUNNING" or [event for event in task["taskEvents"] if event["status"] in ("PARTITIONED", "LOST")]:
          return "healthy task %s: %s" % (task["taskId"], [event["status"] for event in task["taskEvents"]])
    except (OSError, ValueError) as error:
      return "the scheduler does not answer: %s" % error
    return None

  def assert_unharmed(self, what, seconds=0):
    """All is well now, and stays so for a while."""
    found = daemons.watch(seconds, self.harm) or self.harm()
    self.assertIsNone(found, what)

  def assert_hosts_report(self, what):
    """Every host reports after this moment."""
    def seen():
      return {host["host"]: host["lastSeenMs"] for host in self.cluster.get("/v1/hosts")["hosts"]}
    before = seen()
    wait_for("a report of every host: " + what, lambda: all(seen()[name] > moment for name, moment in before.items()), HANG_SECONDS)

  def assert_refused(self, reply, what):
    self.assertIn(reply.status, range(400, 500), "%s: %s" % (what, reply.body[:300]))
    try:
      message = reply.json().get("message")
    except ValueError:
      message = reply.body.strip()
    self.assertTrue(is_sentence(message), "%s: refused without a sentence: %s" % (what, reply.body[:300]))
    self.assertLess(len(message), 2000, what)

  def ask(self, url, **more):
    return http(url, headers=self.cluster.headers(), timeout=HANG_SECONDS, **more)
